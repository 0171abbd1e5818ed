"""Users, groups, service principals and what they come in with."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "How a user who was just made gets a first token",
        "An administrator makes it: `POST /api/brickyard/tokens`, or `brickyard auth token create --user NAME`.",
        "The service has a page to sign in at, and only makes tokens on behalf of service principals; there is no "
        "such page here.",
    ),
    Choice(
        "User names",
        "An e-mail address, kept in lower case, never changed. The user of the home is called as the machine calls it.",
        "The service ignores an attempt to change one; what is ignored is believed. A home folder has the same name.",
    ),
    Choice(
        "The group `users`",
        "Everybody is in it; its members are not listed, cannot be changed, and it is in no other group.",
        "A list of everybody helps nobody, and a rule without exceptions needs no list.",
    ),
    Choice(
        "The last administrator",
        "Cannot be deleted, deactivated or taken out of `admins`, also not by way of a group.",
        "Nobody could let anybody in again.",
    ),
    Choice(
        "A user who is deleted",
        "Loses tokens, secrets and all entries of access lists; jobs, runs and files stay. Another of the same name "
        "owns these jobs and the home folder, and has no other right of the first.",
        "Jobs and files name their owner. Deactivate somebody whose name shall not come back.",
    ),
    Choice(
        "The user of the home",
        "Comes back as an administrator with the next start where it was deleted; one that was deactivated, or taken "
        "out of `admins`, is left like that.",
        "Whoever owns the home owns the installation; the commands on this machine act as that user.",
    ),
    Choice(
        "To replace a user by `PUT`",
        "What is not sent is forgotten, but neither groups nor whether the user is active.",
        "A client that does not speak of them would let somebody in again who was put out.",
    ),
    Choice(
        "Groups that contain each other",
        "Refused.",
        "What such a group means depends on where one begins to read.",
    ),
    Choice(
        "Entitlements and roles",
        "Kept and answered as sent; they decide nothing. Everybody has `workspace-access` and "
        "`databricks-sql-access` by way of `users`.",
        "What they open at the service is open here to whoever may sign in; rights are on objects.",
    ),
    Choice(
        "Filters of SCIM",
        "`eq`, `ne`, `co`, `sw`, `ew`, `pr` with `and`, `or` and brackets; other operators and unknown attributes are "
        "refused.",
        "The service names fewer; a filter that is read wrongly shows the wrong people.",
    ),
    Choice(
        "`scimType` of errors for which RFC 7644 has none",
        "An empty text.",
        "The SDK writes it before the message, and writes `None` where it is missing.",
    ),
    Choice(
        "Scopes of tokens and of client secrets",
        "Refused but `all-apis`: a token has all rights of whom it belongs to.",
        "A scope that is taken and not enforced would be believed. Make a service principal with fewer rights.",
    ),
    Choice(
        "Who made a token (`created_by_username`)",
        "Whom it belongs to, also where an administrator made it.",
        "The audit log has who made it.",
    ),
    Choice(
        "Access tokens of OAuth",
        "Opaque, one hour; worth nothing once the secret is deleted or the service principal is deactivated.",
        "The service gives signed tokens that are good to their end; a token that is looked up can be taken back.",
    ),
    Choice(
        "Unknown fields of a token request",
        "Refused with `invalid_request`.",
        "RFC 6749 has servers ignore them; who asks for narrower rights would believe to have got them.",
    ),
    Choice(
        "Too many failed logins",
        "Beyond 1,000 in a minute from one address (of IPv6: one /64) or with one client id, failures are answered "
        "with 429 and `Retry-After`. A right token is always let in.",
        "Tokens have 128 random bits: the limit spares the server work, and must not lock anybody out.",
    ),
)
