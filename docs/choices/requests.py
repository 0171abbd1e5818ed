"""What is recorded of requests, and which of them are refused whatever they ask."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "What the audit log holds",
        "Every request that changes something (also one that fails), every refused one (401, 403, 421, 429), secrets"
        " that were read, exports. Who, action, object, status, error code, request id, address, names of fields; no"
        " value.",
        "The service's own log has values too; here nothing of a body gets into it, so no secret does.",
    ),
    Choice(
        "What a killed server loses of the audit log",
        "Events of the last half second, and those of the write that was under way: they are written in batches beside"
        " the requests. An orderly stop loses none.",
        "A request waits for no second write to the disk.",
    ),
    Choice(
        "Many refused requests that are alike",
        "One line for those of a batch, with their `count`; where events come faster than the database takes them, a"
        " line with the number that was `lost`.",
        "Who is refused must not be able to fill the disk, nor to hide something in silence.",
    ),
    Choice(
        "An endpoint that only the service has",
        "501 with `NOT_IMPLEMENTED`, the endpoint and the reason; what nobody has is 404 with `ENDPOINT_NOT_FOUND`.",
        "Clients raise different exceptions for the two, and people can tell a typing mistake from a limit.",
    ),
    Choice(
        "How fast runs are started and jobs made",
        "100 a second for each user, 1,000 at once after a pause (`BRICKYARD_MAX_STARTS_PER_SECOND`); beyond it 429"
        " with `Retry-After`. Runs that schedules, backfills and other runs start are not counted.",
        "The service has limits of its own for a workspace; clients wait and ask again by themselves.",
    ),
    Choice(
        "Reports of use (`/telemetry-ext`)",
        "Taken and thrown away.",
        "The commands of the service send them and wait for an answer.",
    ),
)
