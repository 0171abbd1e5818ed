"""Files of volumes and of DBFS."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "A volume that does not exist",
        "It is made with the first file or folder that is put into it, by the Files API as by notebooks.",
        "A volume is a folder below `/Volumes` here. The service refuses until somebody has created it.",
    ),
    Choice(
        "Folders above an uploaded file",
        "Made, by the Files API as by DBFS.",
        "The SDK's text says nothing; its `copy` uploads into folders that it has not made.",
    ),
    Choice(
        "When a file is seen",
        "When all of it has come, or its DBFS handle is closed; until then there is the old file or none.",
        "A job that reads half a file fails, or does not and is wrong.",
    ),
    Choice(
        "Handles of DBFS",
        "Forgotten after 10 minutes without a block and when the server ends; at most 100 at once, each known to the"
        " user alone who opened it.",
        "The time is the service's; the number is not documented.",
    ),
    Choice(
        "Signed addresses and uploads in parts",
        "Refused with `FILES_API_API_IS_NOT_ENABLED`: the SDK then sends, or fetches, the content itself, at most"
        " 5 GiB.",
        "An address that opens without a token is one more secret to lose, and would save nothing on one server.",
    ),
    Choice(
        "`dbfs:/Volumes/…` and `dbfs:/Workspace/…` in the DBFS API",
        "Refused, naming the API to use.",
        "Jobs find the volume and the workspace there; a file of that name in DBFS could never be read.",
    ),
    Choice(
        "Moving onto something that is there",
        "Refused with `RESOURCE_ALREADY_EXISTS`, also where it is a folder.",
        "The SDK's text speaks of files only.",
    ),
    Choice(
        "Deleting from DBFS what does not exist",
        "404 with `RESOURCE_DOES_NOT_EXIST`.",
        "Not documented; a misspelt path should not look deleted.",
    ),
)
