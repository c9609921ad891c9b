"""The share link as a QR code."""


def qr_image(link: str) -> str:
    """A data: URL with an SVG picture, dark on light with the quiet zone that scanners need.

    segno is imported here and not above: it is wanted a second after the page is usable.
    """
    import segno

    return segno.make(link, error="m", micro=False).svg_data_uri(scale=8, border=4, dark="#000", light="#fff")
