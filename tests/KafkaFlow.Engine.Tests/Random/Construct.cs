namespace KafkaFlow.Engine.Tests;

/// <summary>What a random case may contain; each has to appear in a share of the cases.</summary>
[Flags]
internal enum Constructs : long
{
    None = 0,
    Condition = 1 << 0,
    First = 1 << 1,
    Else = 1 << 2,
    OnError = 1 << 3,
    JoinAny = 1 << 4,
    JoinNOf = 1 << 5,
    EdgeArgs = 1 << 6,
    Drain = 1 << 7,
    Timeout = 1 << 8,
    Heartbeat = 1 << 9,
    Stale = 1 << 10,
    Cancel = 1 << 11,
    Signal = 1 << 12,
    Deadline = 1 << 13,
    Transform = 1 << 14,
    Retry = 1 << 15,
    Cycle = 1 << 16,
    NestedCycle = 1 << 17,
    Items = 1 << 18,
    NestedItems = 1 << 19,
    ItemErrors = 1 << 20,
    ItemOrder = 1 << 21,
    While = 1 << 22,
    Wait = 1 << 23,
    SignalWait = 1 << 24,
    Approval = 1 << 25,
    Child = 1 << 26,
    Finally = 1 << 27,
    Compensate = 1 << 28,
    Force = 1 << 29,
    Pause = 1 << 30,
    Skip = 1L << 31,
    Rerun = 1L << 32,
    SetVariable = 1L << 33,
    Patch = 1L << 34,
    Park = 1L << 35,
    EachVisit = 1L << 36,

    /// <summary>What an engine of acyclic graphs has.</summary>
    Acyclic = Condition | First | Else | OnError | JoinAny | JoinNOf | EdgeArgs | Drain | Timeout | Heartbeat | Stale
        | Cancel | Signal | Deadline,
    All = (1L << 37) - 1,
}
