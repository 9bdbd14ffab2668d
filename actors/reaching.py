"""Is a translator that does not answer as it should dead, out of reach, or well? Asked with a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ray._private import state  # the public `ray.util.state` wants the dashboard, which need not run
from ray.exceptions import ActorUnavailableError, RayActorError

from actors.failures import Failure
from actors.translator_actor import Pulse

ANSWER_SECONDS = 3.0
"""How long an answer to one question may take; the control group answers in milliseconds while a model translates."""

REACH_SECONDS = 6.0
"""How long one that cannot be reached is asked again. Ray notices the end of a process on a living node within a second
or two, so that one which Ray believes alive after this is behind a broken network."""

AGAIN_SECONDS = 0.2

_DEAD = frozenset({"RESTARTING", "DEAD"})


def ray_state(handle: Any) -> str:
    """-> what Ray's head says of the actor: ALIVE, RESTARTING, DEAD, ...; empty for one that it does not know."""
    return str(state.actors(handle._actor_id.hex()).get("State", ""))


async def pulse_of(handle: Any, boot_id: str, state_of: Callable[[Any], str] = ray_state) -> Pulse | Failure:
    """-> the pulse of the process that started as `boot_id`, or how it was lost.

    "Unavailable" may mean either: that its process died and Ray starts another, or that a connection broke.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + REACH_SECONDS
    while True:
        try:
            pulse: Pulse = await asyncio.wait_for(handle.pulse.remote(), ANSWER_SECONDS)
        except ActorUnavailableError:
            if await asyncio.to_thread(state_of, handle) in _DEAD:
                return Failure.TRANSLATOR_DIED
            if loop.time() > deadline:
                return Failure.TRANSLATOR_LOST
            await asyncio.sleep(AGAIN_SECONDS)
        except RayActorError:
            return Failure.TRANSLATOR_DIED
        except TimeoutError:
            return Failure.TRANSLATOR_LOST
        else:
            return pulse if pulse.boot_id == boot_id else Failure.TRANSLATOR_DIED
