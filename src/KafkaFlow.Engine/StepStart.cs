using System.Collections.Immutable;
using KafkaFlow.Contracts;
using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine;

/// <summary>Starts a step: renders what it needs once, and hands it out, waits, loops or passes through.</summary>
internal static class StepStart
{
    /// <param name="taken">Edges that led here, document order.</param>
    /// <param name="reset">Set where a loop turns: the steps of its body.</param>
    public static void Begin(Draft draft, int step, ImmutableArray<int> taken, ImmutableArray<string> reset = default)
    {
        var ledHere = ImmutableArray.CreateBuilder<ActivationState>(taken.Length);
        foreach (var edge in taken) ledHere.Add(draft.Current(draft.Plan.Graph.Edges[edge].From)!);
        var sources = ledHere.MoveToImmutable();
        int? turning = reset.IsDefault ? null : LoopOf(draft.Plan, step);
        var variables = ScopeVariables.InStep(draft, step, sources.IsEmpty ? null : sources[^1], turning);
        Begin(draft, new(step, sources, TaskInput.OfEdges(taken, sources), variables)
        {
            Taken = taken, Reset = reset.IsDefault ? [] : reset,
        });
    }

    /// <summary>A visit without edges: to undo a step, or at the end of the run.</summary>
    public static void BeginClosing(Draft draft, int step, ActivationState? undone, long causeSeq)
    {
        var variables = ScopeVariables.InStep(draft, step, undone)
            .With(draft.ValueOf(undone?.Id), draft.State.ClosingError, 1);
        Begin(draft, new(step, undone is null ? [] : [undone], [], variables) { CauseSeq = causeSeq });
    }

    public static void Begin(Draft draft, Visit visit)
    {
        var node = draft.Plan.Graph.Steps[visit.Step];
        var id = draft.NextVisit(visit.Step);
        if (Limits.ExceedsVisits(draft, node.Name)) return;
        switch (node.Kind)
        {
            case StepKind.Items: ItemLoops.BeginStep(draft, visit, node, id); break;
            case StepKind.Wait: Waits.Begin(draft, visit, node, id); break;
            case StepKind.Approval: Approvals.Begin(draft, visit, node, id); break;
            case StepKind.Child: Children.BeginStep(draft, visit, node, id); break;
            case StepKind.Task when node.While is null: BeginTask(draft, visit, node, id); break;
            default: BeginInside(draft, visit, node, id); break;
        }
    }

    /// <summary>Records that a visit has begun.</summary>
    /// <param name="meta">That of the visit, with more where its kind needs it.</param>
    public static long Record(Draft draft, Visit visit, StepNode node, string id, string status, string? context,
        FactMeta? meta = null) => draft.Record(EventTypes.StepStarted, status, new()
        {
            ParentSeq = visit.CauseSeq > 0 ? visit.CauseSeq : visit.Source?.EndSeq ?? 1,
            Step = node.Name,
            NodeType = node.NodeType,
            Activation = id,
            Attempt = 1,
            Context = context,
            Meta = meta ?? visit.Meta(draft),
        });

    /// <summary>Args as context of a visit that no worker gets; null without any.</summary>
    public static string? Context(List<KeyValuePair<string, Value>> args) =>
        args.Count == 0 ? null : Value.Map([new("args", Value.Map(args))]).ToJson();

    private static void BeginTask(Draft draft, Visit visit, StepNode node, string id)
    {
        var input = TaskInput.Render(node, visit.Args, visit.Variables);
        Record(draft, visit, node, id, EventStatus.Running, input.Json,
            input.Failure is null ? input.Scheduled(draft, node, visit) : null);
        if (input.Failure is { } failure) StepEnd.Fail(draft, id, failure);
    }

    /// <summary>What needs no worker, or not yet one: passes through, transforms, or begins a while-loop.</summary>
    private static void BeginInside(Draft draft, Visit visit, StepNode node, string id)
    {
        var failure = node.Kind == StepKind.Transform || node.While is not null
            ? null : TaskInput.Own(node, visit.Args, visit.Variables);
        var context = Context(visit.Args);
        var value = node.Value?.Render(visit.Variables) ?? Value.Null;
        if (value.Error is { } problem) failure = StepError.Of(problem, "value");
        if (JsonText.Bytes(context) is var bytes && bytes > Draft.FactRoomBytes)
            failure = StepError.TooLarge("the rendered input", bytes, Draft.FactRoomBytes);
        Record(draft, visit, node, id, EventStatus.Running, failure is null ? context : null);
        if (failure is not null) StepEnd.Fail(draft, id, failure);
        else if (node.While is not null) WhileLoops.Begin(draft, id, node);
        else if (node.Kind == StepKind.Transform) StepEnd.Complete(draft, id, new() { Result = value.ToJson() });
        else StepEnd.Complete(draft, id, new() { ResultFrom = PassedOn(visit.Source) });
    }

    private static string? PassedOn(ActivationState? source) =>
        source is { Phase: ActivationPhase.Completed } ? source.ResultFrom ?? source.Id : null;

    private static int LoopOf(GraphPlan plan, int header)
    {
        for (var loop = 0; loop < plan.Graph.Loops.Count; loop++)
            if (plan.Graph.Loops[loop].Header == header) return loop;
        throw new InvalidOperationException($"step {plan.Graph.Steps[header].Name} is no header of a loop");
    }
}

/// <summary>A visit that is about to begin.</summary>
/// <param name="Sources">The activations that led to it.</param>
/// <param name="Args">What its edges gave.</param>
internal sealed record Visit(
    int Step, ImmutableArray<ActivationState> Sources, List<KeyValuePair<string, Value>> Args, ScopeVariables Variables)
{
    public ActivationState? Source => Sources.IsEmpty ? null : Sources[^1];
    public ImmutableArray<int> Taken { get; init; } = [];
    public ImmutableArray<string> Reset { get; init; } = [];
    public long CauseSeq { get; init; }
    public ImmutableArray<string> SourceIds => ImmutableArray.CreateRange(Sources, static source => source.Id);

    public FactMeta Meta(Draft draft) => new()
    {
        GraphVersion = draft.State.GraphVersion, Taken = Taken, Reset = Reset, Sources = SourceIds,
    };
}
