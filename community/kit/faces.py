"""Where the small photo of somebody is; how it was made safe is told in ``pictures``."""


def small_photo(key: str | None) -> str | None:
    """The address of a photo in its small size, by its key; None without a photo."""
    return f"/media/{key}-96.webp" if key else None


class Pictured:
    """Somebody with a photo, or without one."""

    __slots__ = ()
    photo: str | None

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return small_photo(self.photo)
