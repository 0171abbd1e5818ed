"""SCIM 2.0 (`/api/2.0/preview/scim/v2/…`): users, groups and service principals. Source: RFC 7643 and RFC 7644."""
