"""Where things are kept and how much they may take.

Values come, in this order, from arguments, ``AURALIS_*`` environment variables, the file named by
``AURALIS_CONFIG`` (TOML, by default ``~/.config/auralis_lab/config.toml``), and the defaults here.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from tomllib import TOMLDecodeError

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from auralis_lab.errors import ParameterError

__all__ = ["Settings", "settings"]

GIB = 1 << 30


def _home(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback)


class Settings(BaseSettings):
    """All settings of the package, each with its unit in its name."""

    model_config = SettingsConfigDict(env_prefix="AURALIS_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: _home("XDG_DATA_HOME", ".local/share") / "auralis_lab",
        description="Catalogues live here, one file per library.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache") / "auralis_lab",
        description="Everything in it can be deleted at any time and is made again when needed.",
    )
    library: Path | None = Field(
        default=None, description="The music folder that is opened when none is named."
    )
    library_read_only: bool = Field(
        default=False, description="Refuse every change of tags and pictures in music files."
    )
    spool_max_bytes: int = Field(
        default=8 * GIB, ge=0, description="Decoded frames of compressed files kept on disk."
    )
    artwork_max_bytes: int = Field(
        default=GIB, ge=0, description="Small cover pictures kept on disk."
    )
    blocks_memory_bytes: int = Field(
        default=256 << 20, ge=0, description="Rendered blocks that each process keeps in memory."
    )
    blocks_disk_bytes: int = Field(
        default=4 * GIB, ge=0, description="Rendered blocks kept on disk."
    )
    envelopes_max_bytes: int = Field(
        default=GIB, ge=0, description="Band envelopes of measured tracks kept on disk."
    )
    peaks_max_bytes: int = Field(
        default=GIB // 2, ge=0, description="Outlines of tracks, for drawing, kept on disk."
    )
    catalogue_memory_bytes: int = Field(
        default=GIB, ge=64 << 20, description="What DuckDB may take in each process."
    )
    catalogue_threads: int = Field(
        default=2, ge=1, description="Threads that DuckDB may use in each process."
    )
    catalogue_wait_s: float = Field(
        default=15.0, gt=0, description="How long to queue for the catalogue before giving up."
    )
    max_concurrent_streams: int = Field(
        default=10, ge=1, description="Streams that may play at once on this machine."
    )
    stream_window_s: float = Field(
        default=15.0, ge=1.0, le=120.0, description="Sound the browser may hold ahead of its ear."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read a TOML file under the environment and no dotenv or secrets folder."""
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=_config_file()),
        )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises
    ------
    ParameterError
        If a value is out of range, a name is unknown, or the file is not TOML.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        places = f"AURALIS_{name.upper()} or {_config_file()}"
        raise ParameterError(f"setting {name}: {first['msg']} (look at {places})") from error
    except TOMLDecodeError as error:
        raise ParameterError(f"{_config_file()} is not TOML: {error}") from error


def _config_file() -> Path:
    named = os.environ.get("AURALIS_CONFIG")
    return Path(named or _home("XDG_CONFIG_HOME", ".config") / "auralis_lab" / "config.toml")
