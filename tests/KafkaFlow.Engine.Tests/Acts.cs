using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine.Tests;

/// <summary>What workers, timers and people do to a run, by activation.</summary>
internal static class Acts
{
    public static TaskRecord TaskOf(this TestRun run, string activation) =>
        run.Tasks.Last(task => task.Activation == activation);

    public static Command AnswerOf(this TestRun run, string activation, string? result = "null")
    {
        var task = run.TaskOf(activation);
        return new()
        {
            EventType = CommandTypes.ActionCompleted,
            ExecutionId = TestRun.Id,
            TaskId = task.TaskId,
            Activation = task.Activation,
            Attempt = task.Attempt,
            TaskHash = task.TaskHash,
            WorkerId = "w1",
            Result = result,
        };
    }

    public static TestRun Done(this TestRun run, string activation, string result = "null")
    {
        run.Accepted(run.AnswerOf(activation, result));
        return run;
    }

    /// <summary>The worker fails, and says nothing about another attempt.</summary>
    public static TestRun Broken(this TestRun run, string activation, string code = "boom", string more = "")
    {
        run.Accepted(run.AnswerOf(activation, null) with
        {
            EventType = CommandTypes.ActionFailed,
            Error = $$"""{"code":"{{code}}","message":"it broke"{{more}}}""",
        });
        return run;
    }

    public static TestRun Began(this TestRun run, string activation)
    {
        run.Accepted(run.AnswerOf(activation, null) with { EventType = CommandTypes.ActionStarted });
        return run;
    }

    /// <summary>The clock goes to the timer of an activation, and it fires.</summary>
    public static Decision Ring(this TestRun run, string activation)
    {
        var key = TimerKeys.Of(TestRun.Id, activation);
        var due = run.Timers[key];
        run.Clock = Timestamp.Max(run.Clock, due);
        return run.When(TimerKeys.Fired(key, due.UnixMicros / 1000));
    }

    public static long DueIn(this TestRun run, string activation) =>
        (run.Timers[TimerKeys.Of(TestRun.Id, activation)].UnixMicros - run.Clock.UnixMicros) / 1000;

    public static TestRun Later(this TestRun run, long millis)
    {
        run.Clock = run.Clock.PlusMillis(millis);
        return run;
    }

    public static Command Asked(string type) =>
        new() { EventType = type, ExecutionId = TestRun.Id, Actor = "ana", Reason = "because" };

    public static TestRun Ask(this TestRun run, string type, Func<Command, Command>? with = null)
    {
        run.Accepted(with is null ? Asked(type) : with(Asked(type)));
        return run;
    }

    public static TestRun Pause(this TestRun run) => run.Ask(CommandTypes.PauseRequested);

    public static TestRun Resume(this TestRun run) => run.Ask(CommandTypes.ResumeRequested);

    public static TestRun Cancel(this TestRun run, bool? force = null) =>
        run.Ask(CommandTypes.CancelRequested, command => command with { Force = force });

    public static TestRun Skip(this TestRun run, string step) =>
        run.Ask(CommandTypes.SkipRequested, command => command with { Step = step });

    public static TestRun Rerun(this TestRun run, string step) =>
        run.Ask(CommandTypes.RerunRequested, command => command with { Step = step });

    public static TestRun Set(this TestRun run, string name, string json) =>
        run.Ask(CommandTypes.VariableSetRequested, command => command with { Name = name, Value = json });

    public static TestRun Patch(this TestRun run, string patch, int expected = 1) =>
        run.Ask(CommandTypes.PatchRequested, command => command with { Patch = patch, ExpectedVersion = expected });

    public static TestRun Signal(this TestRun run, string name, string? payload = null) =>
        run.Ask(CommandTypes.SignalReceived, command => command with { Name = name, Payload = payload });

    public static TestRun Decided(this TestRun run, string activation, string decision, string actor = "ana",
        string? form = null) => run.Ask(CommandTypes.ApprovalDecided, command => command with
        {
            Activation = activation, Decision = decision, Actor = actor, Form = form,
        });

    /// <summary>How a child ended, as its engine reports it.</summary>
    public static TestRun ChildEnds(this TestRun run, string activation, string? result, string? error = null)
    {
        var visit = run.State!.Activations[activation];
        run.Accepted(new()
        {
            EventType = error is null ? CommandTypes.ActionCompleted : CommandTypes.ActionFailed,
            ExecutionId = TestRun.Id,
            TaskId = TaskRecord.IdOf(TestRun.Id, activation, 1),
            Activation = activation,
            Attempt = 1,
            TaskHash = visit.TaskHash,
            WorkerId = "engine",
            Result = error is null ? result : null,
            Error = error,
        });
        return run;
    }

    public static JsonNode Meta(this ExecutionEvent fact) => JsonNode.Parse(fact.Meta!)!;

    /// <summary>Reason of the rejection that was recorded last.</summary>
    public static string Refusal(this TestRun run)
    {
        Assert.Equal(EventTypes.CommandRejected, run.Last.EventType);
        var meta = run.Last.Meta();
        Assert.Equal("ana", (string?)meta["actor"]);
        return (string)meta["reason"]!;
    }

    public static (string Code, string Message) ErrorOf(this ExecutionEvent fact)
    {
        var error = JsonNode.Parse(fact.Error!)!;
        return ((string)error["code"]!, (string)error["message"]!);
    }

    public static ExecutionEvent FactOf(this TestRun run, string type, string activation) =>
        run.Facts.Last(fact => fact.EventType == type && fact.Activation == activation);

    public static ExecutionEvent EndOf(this TestRun run, string activation) => run.Facts.Last(fact =>
        fact.Activation == activation && fact.EventType is EventTypes.StepCompleted or EventTypes.StepFailed
            or EventTypes.StepSkipped or EventTypes.StepCancelled or EventTypes.LoopIteration
        && fact.Activation == activation);

    /// <summary>Type and activation of the facts since a number of them, as <c>type activation</c>.</summary>
    public static IEnumerable<string> Since(this TestRun run, int count) => run.Facts.Skip(count)
        .Select(fact => fact.Activation is { } id ? $"{fact.EventType} {id}" : fact.EventType);

    public static string Item(string loop, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{loop}[{index}]");

    public static JsonNode Input(this TaskRecord task) => JsonNode.Parse(task.Input!)!;
}
