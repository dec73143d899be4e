using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>How a visit completed.</summary>
internal sealed record StepOutcome
{
    /// <summary>JSON text; null for a step that passes through, and for a loop over items.</summary>
    public string? Result { get; init; }
    /// <summary>The worker's answer.</summary>
    public Command? Answer { get; init; }
    /// <summary>Activation whose value a step that passes through hands on.</summary>
    public string? ResultFrom { get; init; }
    /// <summary>Number of items whose results are the value.</summary>
    public int? Items { get; init; }
    public string? Event { get; init; }
    public long? SignalSeq { get; init; }
    public string? Reason { get; init; }
    public string? Actor { get; init; }
    public long CauseSeq { get; init; }
}

/// <summary>The outcomes of a visit: completed, failed or skipped. Each resolves all of its edges.</summary>
internal static class StepEnd
{
    public const string Operator = "operator";

    /// <summary>Completes a visit, or fails it if its edges or its save cannot be evaluated or stored.</summary>
    public static void Complete(Draft draft, string activation, StepOutcome outcome)
    {
        var visit = draft.State.Activations[activation];
        var node = draft.StepOf(visit);
        var json = outcome.Items is { } items ? Results.OfItems(draft.State, activation, items) : outcome.Result;
        var value = json is not null ? Value.FromJson(json)
            : outcome.ResultFrom is { } from ? draft.ValueOf(from) : Value.Null;
        if (StepError.OfResult(value, null) is { } malformed)
        {
            Fail(draft, activation, malformed, outcome.Answer);
            return;
        }
        var variables = ScopeVariables.AfterStep(draft, visit, value, null, outcome.Event);
        var routing = Routing.AfterSuccess(draft.Plan, node, variables);
        var failure = routing.Failure;
        var save = failure is null ? Saves.Render(node, variables, out failure) : null;
        var evaluated = failure is null;
        var isInline = outcome.Items is null || JsonText.Bytes(json) <= SizeLimits.AnswerBytes;
        failure ??= Oversized(isInline ? json : null, save, routing);
        if (failure is not null)
        {
            var kept = !evaluated && JsonText.Bytes(json) <= SizeLimits.AnswerBytes ? json : null;
            Fail(draft, activation, failure, outcome.Answer, result: kept, signalSeq: outcome.SignalSeq);
            return;
        }
        var undoneBy = node.Compensate is { } undo ? draft.Plan.Graph.Steps[undo].Name : null;
        draft.Record(EventTypes.StepCompleted, EventStatus.Completed,
            FactBody.Of(visit, outcome.CauseSeq > 0 ? outcome.CauseSeq : visit.StartSeq) with
            {
                WorkerId = outcome.Answer?.WorkerId,
                Result = isInline ? json : null,
                DurationMs = Duration(draft, visit, outcome.Answer),
                Meta = new()
                {
                    Edges = routing.Edges, ResultFrom = outcome.ResultFrom, Save = save, Items = outcome.Items,
                    Compensate = undoneBy, SignalSeq = outcome.SignalSeq, Reason = outcome.Reason,
                    Actor = outcome.Actor,
                    TaskHash = outcome.Reason == Operator && visit.Work is not null ? visit.TaskHash : null,
                },
            });
        Settled(draft, node, isOk: true);
    }

    /// <summary>Fails a visit: an <c>on_error</c> edge may catch it.</summary>
    /// <param name="result">What the worker returned, where only the engine's part of the step failed.</param>
    /// <param name="signalSeq">The signal that it has consumed all the same.</param>
    public static void Fail(Draft draft, string activation, StepError error, Command? answer = null, long causeSeq = 0,
        string? result = null, long? signalSeq = null)
    {
        var plan = draft.Plan;
        var visit = draft.State.Activations[activation];
        var node = draft.StepOf(visit);
        var json = error.ToJson(node.Name, visit.Attempt);
        var variables = ScopeVariables.AfterStep(draft, visit, Value.Missing, json);
        var routing = Routing.AfterFailure(plan, node, variables);
        if (routing.Failure is null && Oversized(null, null, routing) is { } tooLarge)
            routing = routing with { Failure = tooLarge };
        if (routing.Failure is { } second)
        {
            var both = error with { Message = $"{error.Message}; then {second.Message}" };
            json = both.ToJson(node.Name, visit.Attempt);
            routing = Routing.Whole(plan, node, EdgeState.Failed);
        }
        var turns = node.Role == StepRole.Finally && draft.State.ClosingStatus == EventStatus.Completed;
        draft.Record(EventTypes.StepFailed, EventStatus.Failed,
            FactBody.Of(visit, causeSeq > 0 ? causeSeq : visit.StartSeq) with
            {
                WorkerId = answer?.WorkerId ?? visit.Work?.WorkerId,
                Result = result,
                Error = json,
                DurationMs = Duration(draft, visit, answer),
                Meta = new()
                {
                    Edges = routing.Edges,
                    SignalSeq = signalSeq,
                    Uncaught = node.Role == StepRole.Flow && !routing.AnyTaken,
                    Closing = turns ? EventStatus.Failed : null,
                },
            });
        Settled(draft, node, isOk: false);
    }

    /// <summary>A step that will never start passes the reason on along all of its edges.</summary>
    public static void Skip(Draft draft, int step, string reason)
    {
        var plan = draft.Plan;
        var node = plan.Graph.Steps[step];
        if (Limits.ExceedsVisits(draft, node.Name)) return;
        var source = draft.Current(plan.Graph.Edges[plan.In[step][^1]].From);
        var passed = reason == Joins.UpstreamFailed ? EdgeState.Failed : EdgeState.Dead;
        draft.Record(EventTypes.StepSkipped, EventStatus.Skipped, new()
        {
            ParentSeq = source?.EndSeq ?? 1,
            Step = node.Name,
            NodeType = node.NodeType,
            Activation = draft.NextVisit(step),
            Meta = new() { Reason = reason, Edges = Routing.Whole(plan, node, passed).Edges },
        });
        Settled(draft, node, isOk: true);
    }

    /// <summary>The execution gives a live activation up, with everything within it.</summary>
    public static void Cancel(Draft draft, ActivationState visit, string reason)
    {
        ItemLoops.CancelLive(draft, visit, reason);
        draft.Record(EventTypes.StepCancelled, EventStatus.Cancelled, FactBody.Of(visit, visit.StartSeq) with
        {
            WorkerId = visit.Work?.WorkerId,
            DurationMs = Duration(draft, visit, null),
            Meta = new()
            {
                Reason = reason, TaskHash = visit.Work is null ? null : visit.TaskHash, Child = visit.Wait?.Child,
            },
        });
    }

    public static long Duration(Draft draft, ActivationState visit, Command? answer) =>
        answer?.DurationMs ?? (draft.Now.UnixMicros - visit.StartedAt.UnixMicros) / 1000;

    private static StepError? Oversized(string? result, string? save, Routing routing)
    {
        if (JsonText.Bytes(result) is var answer && answer > SizeLimits.AnswerBytes)
            return StepError.TooLarge("the result", answer, SizeLimits.AnswerBytes);
        long edges = routing.Edges.Sum(edge => (long)JsonText.Bytes(edge.Args) + edge.To.Length + EdgeBytes);
        var total = answer + JsonText.Bytes(save) + edges;
        return total > Draft.FactRoomBytes
            ? StepError.TooLarge("the result with the args of its edges and its save", total, Draft.FactRoomBytes)
            : null;
    }

    /// <summary>JSON around one edge in <c>meta.edges</c>.</summary>
    private const int EdgeBytes = 40;

    private static void Settled(Draft draft, StepNode node, bool isOk)
    {
        if (node.Role == StepRole.Compensation) Closing.RecordUndone(draft, isOk);
        foreach (var edge in node.Out) draft.Pend(draft.Plan.Graph.Edges[edge].To);
        Cycles.StepSettled(draft, node.Index);
    }
}
