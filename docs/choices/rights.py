"""Access lists, owners, and whose rights runs have."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "What is told to whoever may not see a job",
        "The same as of one that is not there: 400, with the text `Job N does not exist.` and no more.",
        "The service answers 403; here an id that is guessed tells nothing. Clients know both answers.",
    ),
    Choice(
        "Whose rights a run has",
        "Those of `run_as`, else of the owner of the job, as they are when it starts; a repair, and the notebooks that"
        " it starts, have the same.",
        "The service's page; what a change during a run does is not documented.",
    ),
    Choice(
        "A run whose user is inactive or gone",
        "Its tasks fail as they start, and say so; a task that is running goes on.",
        "Not documented.",
    ),
    Choice(
        "`run_as` and the owner of a job, changed by who manages it",
        "Whom the runs act as may become only who asks for it, or a service principal that they may use; all else"
        " is for administrators. That holds for `reset`, `update`, `restore` and access lists alike.",
        "The reference says it of `run_as`; a new owner is the same where there is none.",
    ),
    Choice(
        "An owner who hands a job over",
        "May do so to a service principal that they may use; to another user only administrators do.",
        "The runs would have the rights of a user who was not asked.",
    ),
    Choice(
        "`PATCH` of an access list that names another owner",
        "The owner before keeps `CAN_MANAGE`.",
        "Not documented; to leave him nothing would be more than was asked for.",
    ),
    Choice(
        "`PUT` of a list without owner",
        "Of a job refused (`The job must have exactly one owner.`); a warehouse or a query keeps the one it has.",
        "The first as the service; of the others nothing is documented.",
    ),
    Choice(
        "A deleted job",
        "Its access list is gone but for the owner, who still sees its runs.",
        "Not documented.",
    ),
    Choice(
        "A task that runs another job",
        "Whoever writes it must be allowed to run the other job, and so must the identity of the run when it is due."
        " The other job runs with rights of its own.",
        "Not documented; else a foreign job could be started by writing its id.",
    ),
    Choice(
        "A backfill whose maker may no longer run the job",
        "It is paused, and says why.",
        "There is no such endpoint at the service.",
    ),
    Choice(
        "Idempotency tokens",
        "Those of one user are not those of another.",
        "That a token is that of the whole workspace is a guess of clients; it would tell of foreign runs.",
    ),
    Choice(
        "Runs that others' jobs started, in a run that one may see",
        "Left out of its children where one may not see their job.",
        "There is no such endpoint at the service.",
    ),
    Choice(
        "`permissions` of kinds that there are not (`pipelines`, `experiments`, …)",
        "Refused by name.",
        "Nothing is accepted and ignored.",
    ),
    Choice(
        "`CAN_MONITOR` and `CAN_VIEW` of a warehouse",
        "As `CAN_USE`: what others ran there is shown to nobody but administrators.",
        "There is no page of past queries here.",
    ),
)
