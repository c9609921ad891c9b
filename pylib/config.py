"""AppConfig: the site's config file, read when a page starts, checked key by key.

Each key's description completes the sentence "<key> must be ..."; the file itself is
explained in docs/configuration.md. The listener page reads its few keys by
`pylib/site_config.py`, under the same rules for addresses.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from pylib.site_config import config_error, http_url, read_json, websocket_url

EXAMPLE_ENCRYPTION_KEYS = ("your-secure-32-character-key-here", "replace-me-with-32-or-more-characters")
"""The values of the example files, here and of the original system: everybody knows them."""


def _resolved_websocket(value: object, info: ValidationInfo) -> str:
    return websocket_url(value, _site_url(info))


def _resolved_http(value: object, info: ValidationInfo) -> str:
    return http_url(value, _site_url(info)) if value else ""


def _site_url(info: ValidationInfo) -> str:
    return str((info.context or {}).get("site_url", ""))


def _own_key(key: str) -> str:
    if key in EXAMPLE_ENCRYPTION_KEYS:
        raise ValueError(
            "must not be the example's value: choose a text of your own of 32 or more characters"
        )
    return key


class AppConfig(BaseModel):
    """One site's settings. Addresses are absolute; `cognito_endpoint` is filled in when it is not given."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)

    websocket_url: Annotated[str, BeforeValidator(_resolved_websocket)]
    use_http_session_creation: bool = Field(False, description="true or false")
    http_session_rollout_percent: int = Field(100, ge=0, le=100, description="a whole number from 0 to 100")
    http_api_url: Annotated[str, BeforeValidator(_resolved_http)] = ""
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="an AWS region such as us-east-1")
    user_pool_id: str = Field(
        pattern=r"^[a-z0-9-]+_[A-Za-z0-9]+$", description="a Cognito user pool id such as us-east-1_AbCdEfGhI"
    )
    client_id: str = Field(
        pattern=r"^[A-Za-z0-9_+-]{1,128}$", description="the id of an app client of the user pool"
    )
    encryption_key: Annotated[str, StringConstraints(min_length=32), AfterValidator(_own_key)] = Field(
        description="a text of 32 or more characters", repr=False
    )
    cognito_endpoint: Annotated[str, BeforeValidator(_resolved_http)] = ""
    transport: Literal["binary", "text"] = Field("binary", description='"binary" or "text"')
    socket_auth: Literal["subprotocol", "query"] = Field(
        "subprotocol", description='"subprotocol" or "query"'
    )
    dev: bool = Field(False, description="true or false")

    @field_validator("http_api_url")
    @classmethod
    def _needed_by_the_flag(cls, url: str, info: ValidationInfo) -> str:
        if not url and info.data.get("use_http_session_creation"):
            raise ValueError("is needed when use_http_session_creation is true")
        return url

    @field_validator("cognito_endpoint")
    @classmethod
    def _amazons_own(cls, url: str, info: ValidationInfo) -> str:
        return url or f"https://cognito-idp.{info.data.get('region', 'us-east-1')}.amazonaws.com/"


def parse_config(text: str, site_url: str) -> AppConfig:
    """Read and check a config file's text.

    `site_url` is the address of the site's root folder, against which relative addresses
    are resolved. Raises ConfigError whose `problems` has one sentence for each wrong field.
    """
    try:
        return AppConfig.model_validate(read_json(text), context={"site_url": site_url})
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors(include_url=False, include_input=False)]
        raise config_error(problems) from error


def _sentence(problem: Any) -> str:
    """One wrong field in words that never repeat its value, which may be secret."""
    key = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"{key} is not a setting of this version; check its spelling."
    if problem["type"] == "value_error":
        return f"{key} {problem['ctx']['error']}."
    description = AppConfig.model_fields[key].description or "an address"
    if problem["type"] == "missing":
        return f"{key} is missing; it must be {description}."
    return f"{key} must be {description}."
