"""A thread for short pieces of CPU work beside the one that computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class SideThread:
    """Runs what it is given, one after the other, urgent pieces first. The pieces see to their own errors."""

    def __init__(self, name: str) -> None:
        self._state = threading.Condition()
        self._urgent: deque[Callable[[], None]] = deque()
        self._ordinary: deque[Callable[[], None]] = deque()
        self._closing = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def put(self, piece: Callable[[], None], *, urgent: bool) -> None:
        """Never blocks. Nothing happens to it once the thread closes."""
        with self._state:
            (self._urgent if urgent else self._ordinary).append(piece)
            self._state.notify_all()

    def close(self) -> None:
        """Ends after the present piece; the others are dropped."""
        with self._state:
            self._closing = True
            self._state.notify_all()
        self._thread.join()

    def _loop(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._closing or self._urgent or self._ordinary)
                if self._closing:
                    return
                piece = (self._urgent or self._ordinary).popleft()
            piece()
