"""How many tokens are decoded together: what memory allows at the start, less after a failure, more when there is room."""

from __future__ import annotations

import threading

from translation.device_memory import free_bytes

_CPU_TOKENS = 2048
"""Beyond this a CPU decodes no faster (docs/performance.md), and a text that someone waits for would wait longer."""
_PARALLEL_CPU_TOKENS = 1024
"""Where each batch has a thread or few of its own: as fast as with 2,048, and a text waits half as long."""
_MOST_TOKENS = 65_536
_LEAST_TOKENS = 256
# Keys and values of NLLB-1.3B and 3.3B at most: 24 layers x (self + cross) x 2 x 2,048 x 2 bytes. Smaller models leave
# room that the budget does not use at first, and grows into.
_BYTES_PER_TOKEN_AND_BEAM = 24 * 2 * 2 * 2048 * 2
# The rest is for logits, for the allocator's gaps and for whoever else is on the device.
_SHARE_OF_FREE_MEMORY = 0.5
_GROW_AFTER_BATCHES = 32
_FORGET_AFTER_BATCHES = 1024


def first_tokens(device: str, beam_size: int, free: int | None) -> int:
    """A batch that fits into `free` bytes (None: not known) of `device` with room to spare."""
    most = _CPU_TOKENS if device == "cpu" else _MOST_TOKENS
    if free is None:
        return min(most, _CPU_TOKENS)
    fitting = int(free * _SHARE_OF_FREE_MEMORY) // (_BYTES_PER_TOKEN_AND_BEAM * beam_size)
    return max(_LEAST_TOKENS, min(most, fitting))


def budget_for(device: str, beam_size: int, asked: int | None, parallel: int = 1) -> TokenBudget:
    """`asked`: the operator's limit, None to find one in the free memory of `device` (with the model loaded); `parallel`:
    batches that are decoded at once."""
    if asked is not None:
        return TokenBudget(asked)
    if device == "cpu" and parallel > 1:
        return TokenBudget(_PARALLEL_CPU_TOKENS)
    first = first_tokens(device, beam_size, free_bytes(device))
    return TokenBudget(first, first if device == "cpu" else _MOST_TOKENS)


class TokenBudget:
    """How many tokens (rows x longest source) a batch may have. Thread-safe.

    Halved when memory runs out, a quarter more again after a row of full batches, up to `most`. A size that failed is
    not tried again soon: each failure costs the time of a batch.
    """

    def __init__(self, first: int, most: int | None = None) -> None:
        self.tokens = first
        self._most = first if most is None else most
        self._ceiling = self._most
        self._good = 0
        self._since_failure = 0
        self._lock = threading.Lock()

    def succeeded(self, size: int) -> None:
        """A batch of `size` tokens fitted. Only those that nearly filled the budget say that there is room."""
        with self._lock:
            self._since_failure += 1
            if self._since_failure >= _FORGET_AFTER_BATCHES:
                self._ceiling = self._most
            if size * 2 > self.tokens:
                self._good += 1
            if self.tokens < self._ceiling and self._good >= _GROW_AFTER_BATCHES:
                self.tokens = min(self._ceiling, self.tokens * 5 // 4 + 1)
                self._good = 0

    def failed(self, size: int) -> None:
        """A batch of `size` tokens did not fit."""
        with self._lock:
            # Down to 1, which means one sentence a batch: the caller gives up there.
            self._ceiling = max(1, min(self.tokens, size) - 1)
            self.tokens = max(1, min(self.tokens, size) // 2)
            self._good = self._since_failure = 0
