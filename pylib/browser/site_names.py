"""The names under which this site keeps things in a browser, which gives all sites of one origin one storage.

A site in a folder, such as https://talks.example/choir/, adds the folder to each name. A site at the top of
its origin keeps the plain names, which earlier versions used for every site; what they kept under those is
read where a site has nothing of its own yet.
"""

import js


def own_name(name: str) -> str:
    """The name as this site's own."""
    folder = site_folder()
    return name if folder == "/" else name + " " + folder


def names_to_read(name: str) -> "list[str]":
    """The own name and, for a site in a folder, the plain one of earlier versions."""
    own = own_name(name)
    return [own] if own == name else [own, name]


def site_folder() -> str:
    """The path of the site's top folder, one above the page's own."""
    return str(js.URL.new("..", js.location.href).pathname)
