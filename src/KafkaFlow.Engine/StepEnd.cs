using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>The outcomes of a step: completed, failed or skipped. Each resolves all of its edges.</summary>
internal static class StepEnd
{
    /// <summary>Completes a step, or fails it if its edges or its save cannot be evaluated or stored.</summary>
    /// <param name="answer">The worker's answer; null for a step that passes through.</param>
    /// <param name="resultFrom">Activation whose value a step that passes through hands on.</param>
    public static void Complete(Draft draft, int step, Command? answer, string? resultFrom = null)
    {
        var plan = draft.Plan;
        var node = plan.Graph.Steps[step];
        var visit = draft.State.Activations[plan.Ids[step]];
        var result = answer is null ? null : answer.Result ?? "null";
        var value = answer is null ? PassedOn(draft, resultFrom) : Value.FromJson(result!);
        if (value.Error is { } malformed)
        {
            Fail(draft, step, new(StepError.BadAnswer, $"the worker's result: {malformed.Message}", false), answer);
            return;
        }
        var variables = ScopeVariables.AfterStep(draft, step, value, null, visit.Attempt);
        var routing = Routing.AfterSuccess(plan, node, variables);
        var failure = routing.Failure;
        var save = failure is null ? Saves.Render(node, variables, out failure) : null;
        var evaluated = failure is null;
        failure ??= Oversized(result, save, routing);
        if (failure is not null)
        {
            var kept = !evaluated && JsonText.Bytes(result) <= SizeLimits.AnswerBytes ? result : null;
            Fail(draft, step, failure, answer, result: kept);
            return;
        }
        draft.Record(EventTypes.StepCompleted, EventStatus.Completed, FactBody.Of(visit, visit.StartSeq) with
        {
            WorkerId = answer?.WorkerId,
            Result = result,
            DurationMs = Duration(draft, visit, answer),
            Meta = new() { Edges = routing.Edges, ResultFrom = resultFrom, Save = save },
        });
        PendTargets(draft, node);
    }

    /// <summary>Fails a step: an <c>on_error</c> edge may catch it.</summary>
    /// <param name="result">What the worker returned, where only the engine's part of the step failed.</param>
    public static void Fail(
        Draft draft, int step, StepError error, Command? answer = null, long causeSeq = 0, string? result = null)
    {
        var plan = draft.Plan;
        var node = plan.Graph.Steps[step];
        var visit = draft.State.Activations[plan.Ids[step]];
        var json = error.ToJson(node.Name, visit.Attempt);
        var variables = ScopeVariables.AfterStep(draft, step, Value.Missing, json, visit.Attempt);
        var routing = Routing.AfterFailure(plan, node, variables);
        if (routing.Failure is null && Oversized(null, null, routing) is { } tooLarge)
            routing = routing with { Failure = tooLarge };
        if (routing.Failure is { } second)
        {
            var both = error with { Message = $"{error.Message}; then {second.Message}" };
            json = both.ToJson(node.Name, visit.Attempt);
            routing = Routing.Whole(plan, node, EdgeState.Failed);
        }
        draft.Record(EventTypes.StepFailed, EventStatus.Failed,
            FactBody.Of(visit, causeSeq > 0 ? causeSeq : visit.StartSeq) with
            {
                WorkerId = answer?.WorkerId ?? visit.Work?.WorkerId,
                Result = result,
                Error = json,
                DurationMs = Duration(draft, visit, answer),
                Meta = new() { Edges = routing.Edges, Uncaught = !routing.AnyTaken },
            });
        PendTargets(draft, node);
    }

    /// <summary>A step that will never start passes the reason on along all of its edges.</summary>
    public static void Skip(Draft draft, int step, string reason)
    {
        var plan = draft.Plan;
        var node = plan.Graph.Steps[step];
        var lastSource = plan.Ids[plan.Graph.Edges[plan.In[step][^1]].From];
        var passed = reason == Joins.UpstreamFailed ? EdgeState.Failed : EdgeState.Dead;
        draft.Record(EventTypes.StepSkipped, EventStatus.Skipped, new()
        {
            ParentSeq = draft.State.Activations.TryGetValue(lastSource, out var source) ? source.EndSeq : 1,
            Step = node.Name,
            NodeType = node.NodeType,
            Activation = plan.Ids[step],
            Meta = new() { Reason = reason, Edges = Routing.Whole(plan, node, passed).Edges },
        });
        PendTargets(draft, node);
    }

    private static Value PassedOn(Draft draft, string? resultFrom) =>
        resultFrom is not null && Results.Of(draft.State, resultFrom) is { } json ? Value.FromJson(json) : Value.Null;

    private static StepError? Oversized(string? result, string? save, Routing routing)
    {
        if (JsonText.Bytes(result) is var answer && answer > SizeLimits.AnswerBytes)
            return StepError.TooLarge("the result", answer, SizeLimits.AnswerBytes);
        long edges = routing.Edges.Sum(edge => (long)JsonText.Bytes(edge.Outcome.Args) + edge.To.Length + EdgeBytes);
        var total = answer + JsonText.Bytes(save) + edges;
        return total > Draft.FactRoomBytes
            ? StepError.TooLarge("the result with the args of its edges and its save", total, Draft.FactRoomBytes)
            : null;
    }

    /// <summary>JSON around one edge in <c>meta.edges</c>.</summary>
    private const int EdgeBytes = 40;

    private static long Duration(Draft draft, ActivationState visit, Command? answer) =>
        answer?.DurationMs ?? (draft.Now.UnixMicros - visit.StartedAt.UnixMicros) / 1000;

    private static void PendTargets(Draft draft, StepNode node)
    {
        foreach (var edge in node.Out) draft.Pend(draft.Plan.Graph.Edges[edge].To);
    }
}
