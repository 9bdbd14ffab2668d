"""Errors of the service: one root; each class is one sentence that becomes its message, and carries data."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class ServiceError(KhelmerchError):
    """The service could not do what was asked."""

    code: ClassVar[str] = "service_error"
    status: ClassVar[int] = 500


class QueueFull(ServiceError):
    """As many tasks wait as may wait."""

    code = "queue_full"
    status = 429


class NoFiles(ServiceError):
    """There is nothing to make a task of."""

    code = "no_files"
    status = 422


class TooManyFiles(ServiceError):
    """More files than one task may have."""

    code = "too_many_files"
    status = 422


class TextTooLong(ServiceError):
    """A text for `/translate/text` that belongs in a file."""

    code = "text_too_long"
    status = 413


class NoText(ServiceError):
    """A short text holds a character that stands in no text."""

    code = "invalid_request"
    status = 422


class TextFailed(ServiceError):
    """A short text could not be translated."""

    code = "translation_failed"
    status = 500


class SchedulerUnavailable(ServiceError):
    """The scheduler does not answer; Ray is restarting it."""

    code = "scheduler_unavailable"
    status = 503


class NoTranslators(ServiceError):
    """No translator is running."""

    code = "no_translators"
    status = 503


class WorkerFailed(ServiceError):
    """A document worker process died, or took more memory or time than it may."""

    code = "document_worker_failed"
    status = 422


class Draining(ServiceError):
    """The server finishes what it has and takes nothing new."""

    code = "draining"
    status = 503


class Paused(ServiceError):
    """The operator holds everything back; what would have to be answered at once cannot be."""

    code = "paused"
    status = 503


class ClientQueueFull(ServiceError):
    """As many tasks of this client wait as may wait."""

    code = "client_queue_full"
    status = 429


class ClientQuota(ServiceError):
    """The client has used up what it may have translated today."""

    code = "client_quota"
    status = 429


class UnknownModel(ServiceError):
    """The model that a task names is not one of those that run."""

    code = "unknown_model"
    status = 422


class OutputNotSupported(ServiceError):
    """A file cannot be written in the way that the task asks for."""

    code = "output_not_supported"
    status = 422


class BadModels(ServiceError):
    """What is to translate is not a list of models, or there is no room for it."""

    code = "bad_models"
    status = 422


class ModelsNeeded(ServiceError):
    """Tasks that were accepted need what the new models cannot do."""

    code = "models_needed"
    status = 409


class WebhookRefused(ServiceError):
    """A webhook that will not be sent to: its address, its secret, or one too many."""

    code = "webhook_refused"
    status = 422


class BadScale(ServiceError):
    """More or fewer translators than there can be."""

    code = "bad_scale"
    status = 422


class BadSetting(ServiceError):
    """A setting that cannot be changed while the server works, or not to this."""

    code = "bad_setting"
    status = 422


class NoGlossary(ServiceError):
    """A task names a glossary that its client does not have."""

    code = "unknown_glossary"
    status = 422


class GlossaryUnfit(ServiceError):
    """A glossary is for other languages, or there are too many."""

    code = "glossary_unfit"
    status = 422


class MemoryOff(ServiceError):
    """The server keeps no translation memory."""

    code = "memory_off"
    status = 409
