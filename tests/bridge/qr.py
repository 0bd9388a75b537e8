"""Reads a QR code (ISO/IEC 18004) as it stands on a terminal: one of versions 1 to 5, level L, bytes; undamaged, so nothing is corrected."""
import re

DATA_BYTES = {1: 19, 2: 34, 3: 55, 4: 80, 5: 108}
MASKS = [lambda r, c: (r + c) % 2, lambda r, c: r % 2, lambda r, c: c % 3, lambda r, c: (r + c) % 3, lambda r, c: (r // 2 + c // 3) % 2,
         lambda r, c: r * c % 2 + r * c % 3, lambda r, c: (r * c % 2 + r * c % 3) % 2, lambda r, c: ((r + c) % 2 + r * c % 3) % 2]
HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def squares(text):
    """Rows of 0 and 1 of what was drawn black on white; the margin, which must be there, taken off."""
    rows = []
    for line in re.findall(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m", text):
        for half in (0, 1):
            rows.append([HALVES[c][half] for c in line])
    width = len(rows[0])
    n = width - 8
    assert len(rows) in (width, width + 1) and all(len(r) == width for r in rows)
    quiet = rows[:4] + rows[4 + n:] + [r[:4] + r[-4:] for r in rows]
    assert not any(map(any, quiet))
    return [r[4:4 + n] for r in rows[4:4 + n]]


def is_of_pattern(n, version, r, c):
    corner = (r <= 8 and (c <= 8 or c >= n - 8)) or (r >= n - 8 and c <= 8)
    at = 4 * version + 10
    return corner or r == 6 or c == 6 or (version > 1 and at - 2 <= r <= at + 2 and at - 2 <= c <= at + 2)


def read(text):
    m = squares(text)
    n = len(m)
    version = (n - 17) // 4
    finder = [[1] * 7, [1, 0, 0, 0, 0, 0, 1], *[[1, 0, 1, 1, 1, 0, 1]] * 3, [1, 0, 0, 0, 0, 0, 1], [1] * 7]
    assert [r[:7] for r in m[:7]] == [r[-7:] for r in m[:7]] == [r[:7] for r in m[-7:]] == finder
    assert (m[8][0] ^ 1, m[8][1]) == (0, 1), "not level L"
    mask = MASKS[(m[8][2] ^ 1) * 4 + m[8][3] * 2 + (m[8][4] ^ 1)]
    bits, up = [], True
    for right in [c for c in range(n - 1, 0, -2) if c > 6] + [5, 3, 1]:
        for r in (range(n - 1, -1, -1) if up else range(n)):
            bits += [m[r][c] ^ (mask(r, c) == 0) for c in (right, right - 1) if not is_of_pattern(n, version, r, c)]
        up = not up
    data = [int("".join(map(str, map(int, bits[i:i + 8]))), 2) for i in range(0, DATA_BYTES[version] * 8, 8)]
    number = int.from_bytes(bytes(data), "big")
    size = len(data) * 8
    assert number >> (size - 4) == 4, "not bytes"
    length = number >> (size - 12) & 255
    return (number >> (size - 12 - 8 * length) & ((1 << 8 * length) - 1)).to_bytes(length, "big").decode()
