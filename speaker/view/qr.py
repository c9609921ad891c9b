"""The share link as a QR code."""


def qr_image(link: str) -> str | None:
    """A data: URL with an SVG picture, dark on light with the quiet zone that scanners need.

    None as long as segno is missing: on the page it arrives after a talk may have been found again.
    """
    try:
        import segno
    except ModuleNotFoundError:
        return None

    code = segno.make(link, error="m", micro=False)
    return str(code.svg_data_uri(scale=8, border=4, dark="#000", light="#fff"))
