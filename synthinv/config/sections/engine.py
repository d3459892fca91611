"""Where sound comes from: one model per engine."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from synthinv.common.validation import Section


class BuiltInConfig(Section):
    """The voice that comes with synthinv, rendered offline."""

    # Whether it renders faster than real time, as fresh notes, refinement and patch searches need.
    offline: ClassVar[bool] = True
    # Whether the configuration names programs or libraries for it to run.
    external: ClassVar[bool] = False
    # The channel of MIDI files where the engine has no MIDI port.
    midi_channel: ClassVar[int] = 1
    # It starts no private server, and reads no file besides the instrument.
    host: ClassVar[None] = None
    state: ClassVar[None] = None

    kind: Literal["built-in"] = Field("built-in", description="Which engine.")
    phase: Literal["reset", "free"] = Field(
        "reset",
        description="Where the oscillators start: at phase zero with every note, or anywhere, as "
        "in a synth whose oscillators run on (drawn from the seed). With free phases every note "
        "also has noise of its own, and the oracle differs from the truth.",
    )


class JackConfig(Section):
    """A private JACK server with a soft-synth on it, started and stopped by each capture job."""

    command: tuple[str, ...] = Field(
        ("amsynth", "-x", "-mjack", "-ajack"),
        min_length=1,
        description="Command that starts the synth as a JACK client.",
    )
    period: int = Field(1024, ge=16, le=4096, description="JACK period in samples.")
    controllers_file: str | None = Field(
        "amsynth/controllers",
        description="File under the synth's private XDG_CONFIG_HOME that receives the CC map "
        "(one line per CC from 0, naming its parameter); null writes none.",
    )
    unused_controllers: str = Field(
        "reverb_damp",
        description="Parameter that the CC map names on every CC the instrument does not send.",
    )
    timeout: float = Field(
        20.0,
        gt=0,
        description="Seconds that the server, then the synth, may take to start, and the synth to "
        "sound.",
    )
    restarts: int = Field(
        5,
        ge=0,
        description="Times that a job restarts its server and synth when they die or hang, before "
        "it fails.",
    )


class LiveConfig(Section):
    """A synth played over a MIDI port and recorded from an audio device, in real time."""

    offline: ClassVar[bool] = False
    external: ClassVar[bool] = True
    state: ClassVar[None] = None

    kind: Literal["live"] = Field(description="Which engine.")
    midi_api: str | None = Field(
        None, description="RtMidi API, such as UNIX_JACK or LINUX_ALSA; null takes the default."
    )
    midi_port: str = Field(
        description="MIDI output port: its name or the part of it that no other port has."
    )
    virtual_port: bool = Field(
        False, description="Create midi_port as a virtual port instead of opening an existing one."
    )
    connect: float = Field(
        10.0,
        ge=0,
        description="Seconds to wait after a virtual port was created, for a synth to be "
        "connected to it.",
    )
    midi_channel: int = Field(1, ge=1, le=16, description="MIDI channel.")
    audio_device: str | int | None = Field(
        None, description="Audio input device: index, name or part of it; null takes the default."
    )
    audio_channel: int = Field(1, ge=1, description="Input channel of the device to record.")
    settle: float = Field(
        0.05, ge=0, description="Seconds between the last CC and the note, for the synth to settle."
    )
    release: float = Field(
        0.2, ge=0, description="Seconds between note-off and the next patch, for the note to fade."
    )
    primer: float = Field(
        0.25,
        ge=0,
        description="Seconds for which the note is first pressed unrecorded, so that glides from "
        "the last patch are over when it is recorded; 0 skips this.",
    )
    retries: int = Field(
        3,
        ge=0,
        description="Times a silent or clipped note is played again before it is kept as it is.",
    )
    dropout_retries: int = Field(
        20,
        ge=0,
        description="Times a short or interrupted note is played again, after longer and longer "
        "pauses, before the shard fails.",
    )
    host: JackConfig | None = Field(
        None,
        description="Start a private JACK server and synth for each job; null uses a synth that is "
        "already running.",
    )


class PlugInConfig(Section):
    """A plug-in hosted by DawDreamer and rendered offline; parameters are found by name."""

    offline: ClassVar[bool] = True
    external: ClassVar[bool] = True
    midi_channel: ClassVar[int] = 1
    host: ClassVar[None] = None

    kind: Literal["plug-in"] = Field(description="Which engine.")
    path: str = Field(description="The plug-in: a VST, VST3 or (macOS) Audio Unit file or bundle.")
    state: str | None = Field(
        None,
        description="State to start from: a preset (.fxp or .fxb of a VST2, .vstpreset of a VST3), "
        "or what `synthinv plug-in --save` wrote; null takes the plug-in's own.",
    )
    private_settings: bool = Field(
        False,
        description="Give the plug-in empty settings folders instead of the user's (Linux: "
        "XDG_CONFIG_HOME and XDG_DATA_HOME).",
    )
    new_instance: bool | Literal["copy"] = Field(
        True,
        description="true: load the plug-in anew for every note, so that nothing carries over, "
        "noise included. copy: load it once, and play every note in a copy of the process (fork), "
        "which sounds the same many times faster; not on Windows, and not for plug-ins that need "
        "threads of their own. false: only silence it in between, which is as fast. With copy and "
        "false, some notes are compared with new instances when the plug-in is first opened.",
    )
    channel: int = Field(1, ge=1, description="Output channel of the plug-in to record.")
    block: int = Field(512, ge=16, le=8192, description="Samples rendered at a time.")
    settle: float = Field(
        0.05, ge=0, description="Seconds between the last knob and the note, for it to settle."
    )
    primer: float = Field(
        0.25,
        ge=0,
        description="Seconds for which the note is first pressed unrecorded, so that glides from "
        "the last patch are over when it is recorded; 0 skips this.",
    )
    release: float = Field(
        0.2, ge=0, description="Seconds after each note-off, for the note to fade."
    )


class Dx7Config(Section):
    """The DX7, as the synthesis of Dexed plays it; needs synthinv's extra `dx7`."""

    offline: ClassVar[bool] = True
    external: ClassVar[bool] = False
    midi_channel: ClassVar[int] = 1
    host: ClassVar[None] = None
    state: ClassVar[None] = None

    kind: Literal["dx7"] = Field(description="Which engine.")


class VitalConfig(Section):
    """Vital, as `vita` plays it; needs synthinv's extra `vital`."""

    offline: ClassVar[bool] = True
    external: ClassVar[bool] = False
    midi_channel: ClassVar[int] = 1
    host: ClassVar[None] = None
    state: ClassVar[None] = None

    kind: Literal["vital"] = Field(description="Which engine.")
    settle: float = Field(
        0.3,
        ge=0,
        le=10,
        description="Seconds between loading a patch and the note, in which Vital glides from its "
        "initial patch to the one that it has loaded.",
    )


EngineConfig = Annotated[
    BuiltInConfig | LiveConfig | PlugInConfig | Dx7Config | VitalConfig,
    Field(discriminator="kind"),
]
