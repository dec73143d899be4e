using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>While-loops: a step's task again and again, the condition evaluated after each iteration, the last allowed
/// one included.</summary>
internal static class WhileLoops
{
    public const string Broken = "break";
    private const string Finished = "completed";

    public static void Begin(Draft draft, string id, StepNode node)
    {
        var owner = draft.State.Activations[id];
        Timestamp? due = node.While!.TimeoutMs is { } limit ? draft.Now.PlusMillis(limit) : null;
        draft.Record(EventTypes.LoopStarted, EventStatus.Running, FactBody.Of(owner, owner.StartSeq) with
        {
            Meta = new() { DueAt = due },
        });
        if (due is { } at) Waits.Arm(draft, draft.State.Activations[id], at, StepError.LoopTimeout);
        draft.PendItems(id);
    }

    /// <summary>The next iteration, at once or, after the first, when its delay is over.</summary>
    public static void BeginNext(Draft draft, ActivationState owner)
    {
        var index = owner.Loop!.Begun;
        var node = draft.NodeOf(owner.Id);
        var id = Activations.Item(owner.Id, index);
        var variables = ScopeVariables.InVisit(draft, owner);
        if (index > 0) variables = variables.With(LastValue(draft, owner, index), null, 1);
        variables = variables.Within(new(null, Value.Missing, index, null));
        var input = TaskInput.Render(node, TaskInput.OfVisit(owner), variables);
        var meta = input.Failure is null ? input.Scheduled(draft, node) : null;
        if (meta is not null && index > 0 && node.While!.DelayMs > 0)
            meta = meta with { Reason = StepEvolution.Backoff, DueAt = draft.Now.PlusMillis(node.While.DelayMs) };
        ItemLoops.Record(draft, owner, node, id, index, input.Json, meta);
        if (input.Failure is { } failure) Fail(draft, id, failure, null, 0);
    }

    public static void Complete(Draft draft, string id, StepOutcome outcome)
    {
        var iteration = draft.State.Activations[id];
        var (loop, index) = Activations.LoopOf(id)!.Value;
        var json = outcome.Result ?? "null";
        var value = Value.FromJson(json);
        var failure = StepError.OfResult(value, json);
        if (failure is not null)
        {
            Fail(draft, id, failure, outcome.Answer, 0);
            return;
        }
        ItemLoops.RecordCompleted(draft, iteration, outcome, json, new() { Index = index });
        Turn(draft, draft.State.Activations[loop], index, value, json);
    }

    public static void Fail(Draft draft, string id, StepError error, Command? answer, long causeSeq)
    {
        var iteration = draft.State.Activations[id];
        var (loop, _) = Activations.LoopOf(id)!.Value;
        var fact = ItemLoops.RecordFailed(draft, iteration, error, answer, causeSeq);
        ItemLoops.RecordEnd(draft, loop, EventStatus.Failed);
        StepEnd.Fail(draft, loop, error, answer, fact);
    }

    public static void TimeOut(Draft draft, ActivationState owner, long firedSeq)
    {
        ItemLoops.CancelLive(draft, owner, StepError.LoopTimeout);
        ItemLoops.RecordEnd(draft, owner.Id, EventStatus.Failed);
        var limit = draft.NodeOf(owner.Id).While!.TimeoutMs;
        StepEnd.Fail(draft, owner.Id,
            new(StepError.LoopTimeout, $"the loop took longer than {limit} ms", false), null, firedSeq);
    }

    private static void Turn(Draft draft, ActivationState owner, int index, Value value, string json)
    {
        var rule = draft.NodeOf(owner.Id).While!;
        var variables = ScopeVariables.InVisit(draft, owner).With(value, null, 1)
            .Within(new(null, Value.Missing, index, null));
        var broken = rule.BreakWhen?.Evaluate(variables) ?? Value.Bool(false);
        var goesOn = broken.AsBool == false ? rule.Condition.Evaluate(variables) : Value.Bool(false);
        if ((broken.Error ?? goesOn.Error) is { } problem)
        {
            ItemLoops.RecordEnd(draft, owner.Id, EventStatus.Failed);
            StepEnd.Fail(draft, owner.Id,
                StepError.Of(problem, broken.IsError ? "break_when" : "the loop's condition"));
        }
        else if (broken.AsBool == true || goesOn.AsBool == false)
        {
            ItemLoops.RecordEnd(draft, owner.Id, EventStatus.Completed);
            StepEnd.Complete(draft, owner.Id,
                new() { Result = json, Event = broken.AsBool == true ? Broken : Finished });
        }
        else if (index + 1 >= rule.MaxIterations)
        {
            ItemLoops.RecordEnd(draft, owner.Id, EventStatus.Failed);
            StepEnd.Fail(draft, owner.Id, new(StepError.MaxIterations,
                $"the condition still holds after {rule.MaxIterations} iterations, as many as are allowed", false));
        }
        else draft.PendItems(owner.Id);
    }

    /// <summary>The value of the iteration before.</summary>
    public static Value LastValue(Draft draft, ActivationState owner, int index) =>
        draft.State.Items.TryGetValue(Activations.Item(owner.Id, index - 1), out var last) && last.Result is { } json
            ? Value.FromJson(json) : Value.Missing;
}
