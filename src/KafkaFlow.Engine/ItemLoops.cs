using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Loops over items: each item is an activation of its own, begun in order, at most so many at once.</summary>
internal static class ItemLoops
{
    public static void BeginStep(Draft draft, Visit visit, StepNode node, string id)
    {
        StepStart.Record(draft, visit, node, id, EventStatus.Running, StepStart.Context(visit.Args));
        BeginLoop(draft, id, node.Items!, visit.Variables);
    }

    /// <summary>Looks at a loop again: begins its next item, or ends it, or waits.</summary>
    public static void Visit(Draft draft, string id)
    {
        if (!draft.State.Activations.TryGetValue(id, out var owner) || owner.Phase != ActivationPhase.Looping) return;
        var loop = owner.Loop!;
        if (loop.IsWhile)
        {
            if (loop.Live == 0 && draft.MayBegin) WhileLoops.BeginNext(draft, owner);
            return;
        }
        var items = draft.NodeOf(id).Items!;
        if (loop.Begun == loop.Count)
        {
            if (loop.Live > 0) return;
            RecordEnd(draft, id, EventStatus.Completed);
            ActivationEnd.Complete(draft, id, new() { Items = loop.Count });
            return;
        }
        if (!draft.MayBegin || loop.Live >= (items.Concurrency ?? draft.Limits.MaxConcurrency)) return;
        BeginItem(draft, owner, items, loop.Begun);
        draft.PendItems(id);
    }

    public static void Complete(Draft draft, string id, StepOutcome outcome)
    {
        var item = draft.State.Activations[id];
        var (loop, index) = Activations.LoopOf(id)!.Value;
        var json = outcome.Items is { } inner ? Results.OfItems(draft.State, id, inner) : outcome.Result ?? "null";
        var value = Value.FromJson(json);
        var body = draft.NodeOf(id);
        var failure = StepError.OfResult(value, outcome.Items is null ? json : null);
        string? save = null;
        if (failure is null && body.Save is not null)
            save = Saves.Render(body, Scope(draft, item).With(value, null, item.Attempt), out failure);
        if (failure is not null)
        {
            Fail(draft, id, failure, outcome.Answer, 0);
            return;
        }
        var isInline = outcome.Items is null || JsonText.Bytes(json) <= SizeLimits.AnswerBytes;
        RecordCompleted(draft, item, outcome, isInline ? json : null,
            new() { Index = index, Items = outcome.Items, Save = save, Reason = outcome.Reason });
        draft.PendItems(loop);
    }

    public static void Fail(Draft draft, string id, StepError error, Command? answer, long causeSeq)
    {
        var item = draft.State.Activations[id];
        var (loop, index) = Activations.LoopOf(id)!.Value;
        var items = draft.NodeOf(loop).Items!;
        var fact = RecordFailed(
            draft, item, error, answer, causeSeq, items.OnError == ItemErrors.Tolerate ? "null" : null);
        var owner = draft.State.Activations[loop];
        var isSurvived = items.OnError == ItemErrors.Collect
            || (items.OnError == ItemErrors.Tolerate && owner.Loop!.Failed <= items.Tolerated);
        if (isSurvived)
        {
            draft.PendItems(loop);
            return;
        }
        CancelLive(draft, owner, StepError.ItemFailed);
        RecordEnd(draft, loop, EventStatus.Failed);
        ActivationEnd.Fail(draft, loop,
            new(StepError.ItemFailed, $"item {index}: {error.Code}: {error.Message}", false, error.Details), null,
            fact);
    }

    /// <summary>Gives up the live items of a loop, in item order, with everything within them.</summary>
    public static void CancelLive(Draft draft, ActivationState owner, string reason)
    {
        for (var i = 0; i < owner.Loop?.Begun; i++)
        {
            if (!draft.State.Activations.TryGetValue(Activations.Item(owner.Id, i), out var item)) continue;
            CancelLive(draft, item, reason);
            draft.Record(EventTypes.LoopIteration, EventStatus.Cancelled, FactBody.Of(item, item.StartSeq) with
            {
                WorkerId = item.Work?.WorkerId,
                DurationMs = StepEnd.Duration(draft, item, null),
                Meta = new()
                {
                    Index = i, Reason = reason, TaskHash = item.Work is null ? null : item.TaskHash,
                    Child = item.Wait?.Child,
                },
            });
        }
    }

    /// <summary>The names within an item, or an iteration.</summary>
    public static ScopeVariables Scope(Draft draft, ActivationState item)
    {
        var visit = draft.State.Activations[Activations.VisitOf(item.Id)];
        var variables = ScopeVariables.InVisit(draft, visit);
        var (loop, index) = Activations.LoopOf(item.Id)!.Value;
        if (index > 0 && draft.State.Activations[loop] is { Loop.IsWhile: true } owner)
            variables = variables.With(WhileLoops.LastValue(draft, owner, index), null, 1);
        return variables.Within(Frame(draft, item.Id)!);
    }

    public static ItemFrame? Frame(Draft draft, string id)
    {
        if (Activations.LoopOf(id) is not { } of) return null;
        var outer = Frame(draft, of.Loop);
        if (draft.State.Activations[of.Loop].Loop!.IsWhile) return new(null, Value.Missing, of.Index, outer);
        var value = draft.ItemValue(id);
        return new(draft.NodeOf(of.Loop).Items!.Element, value, of.Index, outer);
    }

    private static void BeginLoop(Draft draft, string id, ItemLoop items, ScopeVariables variables)
    {
        var list = ItemList.Of(items, variables, out var failure);
        if (failure is null && Limits.ExceedsItems(draft, list.Count, ref failure)) return;
        var json = failure is null ? Value.List(list).ToJson() : "[]";
        if (JsonText.Bytes(json) is var bytes && bytes > Draft.FactRoomBytes)
            failure = StepError.TooLarge("the list of items", bytes, Draft.FactRoomBytes);
        if (failure is not null) ActivationEnd.Fail(draft, id, failure);
        else if (list.Count == 0) ActivationEnd.Complete(draft, id, new() { Result = "[]" });
        else
        {
            var owner = draft.State.Activations[id];
            draft.Record(EventTypes.LoopStarted, EventStatus.Running, FactBody.Of(owner, owner.StartSeq) with
            {
                Context = json,
                Meta = new() { Items = list.Count },
            });
            Waits.ArmTotal(draft, id);
            draft.PendItems(id);
        }
    }

    /// <summary>The loop as a whole has taken too long.</summary>
    public static void TimeOut(Draft draft, ActivationState owner, long firedSeq)
    {
        CancelLive(draft, owner, StepError.AttemptTimeout);
        RecordEnd(draft, owner.Id, EventStatus.Failed);
        var limit = draft.NodeOf(owner.Id).Timeouts.TotalMs;
        ActivationEnd.Fail(draft, owner.Id, StepError.TooLong(limit), null, firedSeq);
    }

    private static void BeginItem(Draft draft, ActivationState owner, ItemLoop items, int index)
    {
        var id = Activations.Item(owner.Id, index);
        var body = items.Body;
        var outer = Frame(draft, owner.Id);
        var visit = outer is null ? owner : draft.State.Activations[Activations.VisitOf(owner.Id)];
        var frame = new ItemFrame(items.Element, draft.ItemValue(id), index, outer);
        var variables = ScopeVariables.InVisit(draft, visit).Within(frame);
        var args = TaskInput.OfVisit(visit);
        switch (body.Kind)
        {
            case StepKind.Child:
                Children.BeginItem(draft, owner, body, id, index, args, variables);
                break;
            case StepKind.Items:
                Record(draft, owner, body, id, index, null);
                BeginLoop(draft, id, body.Items!, variables);
                break;
            case StepKind.Transform:
                Record(draft, owner, body, id, index, null);
                var value = body.Value!.Render(variables);
                if (value.Error is { } problem) Fail(draft, id, StepError.Of(problem, "value"), null, 0);
                else Complete(draft, id, new() { Result = value.ToJson() });
                break;
            default:
                var input = TaskInput.Render(body, args, variables);
                Record(draft, owner, body, id, index, input.Json,
                    input.Failure is null ? input.Scheduled(draft, body) : null);
                if (input.Failure is { } failure) Fail(draft, id, failure, null, 0);
                break;
        }
    }

    /// <summary>Records that an item, or an iteration, has begun.</summary>
    public static void Record(Draft draft, ActivationState owner, StepNode body, string id, int index, string? context,
        FactMeta? meta = null) => draft.Record(EventTypes.LoopIteration, EventStatus.Running, new()
        {
            ParentSeq = owner.StartSeq,
            Step = owner.Step,
            NodeType = body.NodeType,
            Activation = id,
            Attempt = 1,
            Context = context,
            Meta = (meta ?? new() { GraphVersion = draft.State.GraphVersion }) with { Index = index },
        });

    /// <summary>Records that an item, or an iteration, has completed.</summary>
    public static void RecordCompleted(
        Draft draft, ActivationState item, StepOutcome outcome, string? result, FactMeta meta) =>
        draft.Record(EventTypes.LoopIteration, EventStatus.Completed, FactBody.Of(item, item.StartSeq) with
        {
            WorkerId = outcome.Answer?.WorkerId,
            Result = result,
            DurationMs = StepEnd.Duration(draft, item, outcome.Answer),
            Meta = meta,
        });

    /// <summary>Records that an item, or an iteration, has failed.</summary>
    /// <param name="result">What stands for its result all the same.</param>
    public static long RecordFailed(Draft draft, ActivationState item, StepError error, Command? answer, long causeSeq,
        string? result = null) => draft.Record(EventTypes.LoopIteration, EventStatus.Failed,
            FactBody.Of(item, causeSeq > 0 ? causeSeq : item.StartSeq) with
            {
                WorkerId = answer?.WorkerId ?? item.Work?.WorkerId,
                Result = result,
                Error = error.ToJson(item.Step, item.Attempt),
                DurationMs = StepEnd.Duration(draft, item, answer),
                Meta = new() { Index = Activations.LoopOf(item.Id)!.Value.Index },
            });

    /// <summary>Records the end of a loop over items, or of a while-loop, with its counts.</summary>
    public static void RecordEnd(Draft draft, string id, string status)
    {
        var owner = draft.State.Activations[id];
        var loop = owner.Loop!;
        draft.Record(EventTypes.LoopCompleted, status, FactBody.Of(owner, owner.StartSeq) with
        {
            Meta = new()
            {
                Items = loop.IsWhile ? null : loop.Count, Completed = loop.Completed, Failed = loop.Failed,
            },
        });
    }
}
