"""Text from elsewhere, as it may be shown: a file name can hold anything, a terminal obeys escape bytes."""


def shown(text: str) -> str:
    r"""The text with everything that is not printable written as an escape, and bytes that are no UTF-8 as ``\xff``."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # how Python keeps a byte of a file name
        return f"\\x{number - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
