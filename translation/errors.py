"""What can go wrong in translation, one class a cause. `TranslationError` is the root of them all."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class TranslationError(KhelmerchError):
    """The translation could not be done."""

    code: ClassVar[str] = "translation_error"
    status: ClassVar[int] = 400


class UnknownLanguage(TranslationError):
    """The language code is not one that we know."""

    code = "unknown_language"
    status = 422


class SameLanguage(TranslationError):
    """Source and target are the same language."""

    code = "same_language"
    status = 422


class UnsupportedPair(TranslationError):
    """The model cannot translate between these two languages."""

    code = "unsupported_pair"
    status = 422


class ScriptUnsupported(TranslationError):
    """The model does not know this script (traditional Mongolian in most models)."""

    code = "script_unsupported"
    status = 422


class LanguageUnknown(TranslationError):
    """Nothing tells in which language the text is."""

    code = "language_unknown"
    status = 422


class LanguageUnsupported(TranslationError):
    """The text is in a language that is not translated here."""

    code = "language_unsupported"
    status = 422


class ModelNotFound(TranslationError):
    """The model is neither on this machine nor can it be fetched."""

    code = "model_not_found"
    status = 422


class ModelUnusable(TranslationError):
    """The model is here, but it cannot be used as it is."""

    code = "model_unusable"
    status = 422


class DeviceUnavailable(TranslationError):
    """The device that was asked for is not there."""

    code = "device_unavailable"
    status = 503


class FatalDeviceError(TranslationError):
    """The GPU context is poisoned: this process must exit and be started anew."""

    code = "device_failed"
    status = 503


class OutOfDeviceMemory(TranslationError):
    """One sentence alone does not fit into the device's memory."""

    code = "device_out_of_memory"
    status = 503


class SentenceTooLong(TranslationError):
    """The sentence is longer than the model can read at once."""

    code = "sentence_too_long"
    status = 422


class RunnerClosed(TranslationError):
    """The translator is shutting down; send the work to another one."""

    code = "translator_closed"
    status = 503
