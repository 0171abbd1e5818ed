"""Folders, notebooks and files: whose they are; secrets, saved queries and Git folders."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "What is told to whoever may not see a path",
        "The same as of one where nothing is: 404. Making or changing something there is refused with 403, whether"
        " anything is there or not.",
        "The service's answers differ by endpoint; none of these two tells anything.",
    ),
    Choice(
        "Folders above what one may see",
        "Shown, with nothing in them but the way. `/Users`, `/Repos` and `/Shared` everybody sees.",
        "Tools walk down from the root; a folder without right could not be passed.",
    ),
    Choice(
        "Homes",
        "`/Users/NAME` and `/Repos/NAME` are made when their user names them first, and only administrators delete"
        " them. `/Shared` belongs to everybody; what is elsewhere to administrators.",
        "As at the service, where a home cannot be deleted at all while its user is there.",
    ),
    Choice(
        "The access list of something that was deleted",
        "Goes with it, also when it is made again in its place. What is overwritten keeps its list.",
        "Rights are kept by path here, because the id of an object is made of its path.",
    ),
    Choice(
        "Deleting and overwriting",
        "`CAN_EDIT` is enough.",
        "The service's table has no row for it; whoever may empty a file may as well delete it.",
    ),
    Choice(
        "Symbolic links in the workspace",
        "Followed where they stay in the workspace, with the rights on what they lead to; others are not there.",
        "The service has none; code in tasks can make them, and repositories bring some.",
    ),
    Choice(
        "What a task may run",
        "Notebooks, scripts, SQL files and dbt projects on which the identity of its run has `CAN_RUN` when the task"
        " starts, wheels and requirement files with `CAN_READ`, saved queries with `CAN_RUN`. Else it fails with"
        " `UNAUTHORIZED_ERROR`.",
        "The code is that of the service; when it asks is not documented.",
    ),
    Choice(
        "What code in a task reads by itself",
        "Every file of the workspace, of volumes and of DBFS, by its path: all tasks run as one user of the operating"
        " system. Rights on folders hold for the API, and for what a task runs.",
        "Members of one installation trust each other's code. Who does not, has installations of their own.",
    ),
    Choice(
        "Rights on `/Volumes`, DBFS and tables",
        "Everybody who may sign in may use all of them.",
        "Grants of Unity Catalog are not built; half of them would look like safety.",
    ),
    Choice(
        "Exporting a folder",
        "Refused by name; `brickyard workspace export` fetches its files one by one.",
        "The service answers an archive (DBC) whose form is not public.",
    ),
    Choice(
        "The maker of a secret scope, and `initial_manage_principal`",
        "The maker has `MANAGE` in both cases, and with `users` everybody has.",
        "The SDK's text says it of the maker, the reference of `users`.",
    ),
    Choice(
        "The last who manages a secret scope",
        "Can be taken away by administrators only.",
        "Not documented; nobody should lock all others out by mistake.",
    ),
    Choice(
        "The folder of a saved query (`parent_path`)",
        "Its maker must be allowed to keep something there. Rights on the folder are none on the query.",
        "The service has queries in folders; here they are found by their id, and shared by their own access list.",
    ),
    Choice(
        "Changes by hand in a Git folder that is brought to another commit",
        "Kept where both commits have the same file; else the update is refused, and nothing is changed.",
        "The service refuses as well; which files it looks at is not documented.",
    ),
    Choice(
        "Commits and pushes from a Git folder",
        "There are none: files are brought in, and never sent.",
        "The API of the service has none either; there it is done on its web pages.",
    ),
    Choice(
        "`sparse_checkout`, and user names or passwords in the URL of a Git folder",
        "Refused by name.",
        "Half a checkout would break imports; a password in a URL would be shown to whoever may see the folder.",
    ),
    Choice(
        "Where a user's Git token is sent",
        "Over https, to the provider's own server. For a server of one's own (`gitHubEnterprise`, `bitbucketServer`,"
        " `gitLabEnterpriseEdition`, …) to those from which that user has made a Git folder.",
        "Whoever edits a job chooses its `git_url`; they must not choose where the tokens of its owner go.",
    ),
    Choice(
        "What was fetched with somebody's token",
        "Is kept for them alone; others fetch it with theirs, or not.",
        "A commit that was fetched once could else be had by whoever knows its name.",
    ),
)
