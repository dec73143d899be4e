using KafkaFlow.Engine.Reference;

namespace KafkaFlow.Engine.Tests;

/// <summary>One input of a run, said so that the engine and the reference interpreter can both take it.</summary>
internal abstract record RunInput
{
    public sealed record Beat(string Activation, int Attempt) : RunInput;

    public sealed record Complete(string Activation, int Attempt, string Json, bool WrongHash = false) : RunInput;

    public sealed record Fail(string Activation, int Attempt, string Code, bool Retryable, bool WrongHash = false) : RunInput;

    public sealed record Fire(string Activation, string Kind) : RunInput;

    public sealed record Signal(string Name, string Json) : RunInput;

    public sealed record Decide(string Activation, bool Approve, string Actor, string? Form) : RunInput;

    public sealed record ChildEnded(string Activation, int Attempt, string Status, string? Json) : RunInput;

    public sealed record Cancel(bool Force) : RunInput;

    public sealed record Pause : RunInput;

    public sealed record Resume : RunInput;

    public sealed record Skip(string Step) : RunInput;

    public sealed record Rerun(string Step) : RunInput;

    public sealed record SetVariable(string Name, string Json) : RunInput;

    public sealed record Patch(string Json, int ExpectedVersion) : RunInput;

    public InputOutcome ApplyTo(ReferenceRun run) => this switch
    {
        Beat x => run.Heartbeat(x.Activation, x.Attempt),
        Complete { WrongHash: true } or Fail { WrongHash: true } => run.Heartbeat("", 0),
        Complete x => run.Complete(x.Activation, x.Attempt, x.Json),
        Fail x => run.Fail(x.Activation, x.Attempt, x.Code, x.Code, x.Retryable),
        Fire x => run.Fire(x.Activation, x.Kind),
        Signal x => run.Signal(x.Name, x.Json),
        Decide x => run.Decide(x.Activation, x.Approve, x.Actor, x.Form, null),
        ChildEnded x => run.ChildEnded(x.Activation, x.Attempt, x.Status, x.Json),
        Cancel x => run.Cancel(x.Force),
        Pause => run.Pause(),
        Resume => run.Resume(),
        Skip x => run.Skip(x.Step),
        Rerun x => run.Rerun(x.Step),
        SetVariable x => run.SetVariable(x.Name, x.Json),
        Patch x => run.Patch(x.Json, x.ExpectedVersion),
        _ => throw new InvalidOperationException(GetType().Name),
    };
}
