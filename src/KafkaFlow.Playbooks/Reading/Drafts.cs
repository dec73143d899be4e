using KafkaFlow.Expressions;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>A name used by a template or condition, by its slot in the scope, and where.</summary>
internal readonly record struct Mention(int Slot, Position At);

/// <summary>The names used at one place of a playbook, each with the first position.</summary>
internal sealed class MentionSet
{
    private readonly Dictionary<int, Position> _bySlot;

    public MentionSet(MentionSet? copied = null) => _bySlot = copied is null ? [] : new(copied._bySlot);

    public IEnumerable<Mention> Items => _bySlot.Select(m => new Mention(m.Key, m.Value));

    public void Add(IReadOnlyList<int> slots, Position at)
    {
        foreach (var slot in slots) _bySlot.TryAdd(slot, at);
    }

    public void Add(MentionSet others)
    {
        foreach (var (slot, at) in others._bySlot) _bySlot.TryAdd(slot, at);
    }
}

/// <summary>What a step runs, as a step or a workbook action says it.</summary>
internal sealed record ToolDraft
{
    /// <summary>Null: passes through.</summary>
    public string? NodeType { get; init; }
    public TemplateTree Tool { get; init; } = TemplateTree.Empty;
    public TemplateTree.MapNode Args { get; init; } = new([]);
    /// <summary>Set instead of <see cref="Args"/> where one template gives the whole map.</summary>
    public TemplateTree.Text? WholeArgs { get; init; }
    public TemplateTree? Auth { get; init; }
    public StepKind Kind { get; init; }
    public ItemLoop? Items { get; init; }
    public WaitRule? Wait { get; init; }
    public ApprovalRule? Approval { get; init; }
    public ChildRule? Child { get; init; }
    public TemplateTree? Value { get; init; }
    /// <summary>What the task of an iterator runs.</summary>
    public ToolDraft? Body { get; init; }
    public PythonMain? Main { get; init; }
    public Position CodeAt { get; init; }
    public MentionSet Mentions { get; init; } = new();
    /// <summary>Names used by the workbook action that the step runs.</summary>
    public MentionSet? ActionMentions { get; init; }
}

/// <summary>A step as read, its edges not resolved yet.</summary>
internal sealed record StepDraft
{
    public required string Name { get; init; }
    public required Position At { get; init; }
    public required Position NameAt { get; init; }
    public required ToolDraft Tool { get; init; }
    public TemplateTree? Save { get; init; }
    public MentionSet SaveMentions { get; init; } = new();
    public NextMode NextMode { get; init; } = NextMode.All;
    public JoinRule Join { get; init; } = JoinRule.All;
    public Position JoinAt { get; init; }
    public StepTimeouts Timeouts { get; init; } = new();
    public RetryPolicy? Retry { get; init; }
    public WhileLoop? While { get; init; }
    /// <summary>Name of the step that undoes this one.</summary>
    public YamlScalar? Compensate { get; init; }
    public bool IsFinally { get; init; }
    /// <summary>Keys that only a step with edges can have, where they stand.</summary>
    public IReadOnlyList<YamlScalar> EdgeKeys { get; init; } = [];
    public IReadOnlyList<EdgeDraft> Next { get; init; } = [];
}

/// <summary>An edge as read, its target a name.</summary>
internal sealed record EdgeDraft
{
    public required string Target { get; init; }
    public required Position TargetAt { get; init; }
    public required Position At { get; init; }
    public Condition? When { get; init; }
    public bool IsElse { get; init; }
    public bool OnError { get; init; }
    public bool EachVisit { get; init; }
    public TemplateTree? Args { get; init; }
    public MentionSet Mentions { get; init; } = new();
}
