"""By which authorities a client of ours knows a server's certificate."""

from __future__ import annotations

import os
import ssl

from brickyard.errors import InvalidParameterValue


def verifier(url: str, trust: str = "") -> ssl.SSLContext | bool:
    """What httpx verifies certificates with: the file `trust`, else `SSL_CERT_FILE`, else the public authorities.

    Raises:
        InvalidParameterValue: the file cannot be read.
    """
    file = trust or os.environ.get("SSL_CERT_FILE", "")
    if not file or not url.startswith("https:"):
        return True
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError as error:
        raise InvalidParameterValue(f"The file of trusted certificates {file} cannot be used: {error}.") from error
    # A certificate that stands in the file itself is known, also where its authority does not.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
