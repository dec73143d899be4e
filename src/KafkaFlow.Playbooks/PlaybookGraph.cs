using KafkaFlow.Expressions;

namespace KafkaFlow.Playbooks;

/// <summary>
/// A compiled playbook: steps and edges as one immutable graph, every expression compiled. Steps stand in document
/// order; an edge is known by its index in <see cref="Edges"/>, which is document order too.
/// </summary>
public sealed record PlaybookGraph
{
    public required string Path { get; init; }
    public required string Name { get; init; }
    /// <summary>SHA-256 of the source's UTF-8 bytes, lower-case hex.</summary>
    public required string ContentHash { get; init; }
    public required IReadOnlyList<StepNode> Steps { get; init; }
    public required IReadOnlyList<Edge> Edges { get; init; }
    /// <summary>Index of the first step to run: the one named <c>start</c>, else the first.</summary>
    public required int Entry { get; init; }
    /// <summary>Defaults of the run's workload as JSON text of an object; string values may be templates.</summary>
    public required string WorkloadJson { get; init; }
    /// <summary>Names visible to templates and conditions of this playbook; the same for every step and edge.</summary>
    public required ExpressionScope Scope { get; init; }
    public OnFailure OnFailure { get; init; } = OnFailure.FailFast;
    public long? DeadlineMs { get; init; }

    public StepNode? Find(string step) => Steps.FirstOrDefault(s => s.Name == step);
}

public enum OnFailure { FailFast, Drain }

/// <summary>One step.</summary>
public sealed record StepNode
{
    public required int Index { get; init; }
    public required string Name { get; init; }
    /// <summary>What serves it: <c>python</c>, <c>postgres</c>, or any other type name with a task topic. Null: it
    /// passes through inside the engine (router, start and end without a tool).</summary>
    public required string? NodeType { get; init; }
    /// <summary>What the worker gets as input beside <c>args</c> (code, command, url ..), strings compiled as templates
    /// except where the tool takes them verbatim (<c>code</c>).</summary>
    public required TemplateTree Tool { get; init; }
    /// <summary>The step's own <c>args</c>; edge args are merged under them.</summary>
    public required TemplateTree Args { get; init; }
    /// <summary>Names the tool wants filled from the scope where <c>args</c> do not give them (a python main's
    /// parameters); <c>context</c> stands for the whole scope.</summary>
    public IReadOnlyList<string> Binds { get; init; } = [];
    /// <summary>References to credentials, or null.</summary>
    public TemplateTree? Auth { get; init; }
    /// <summary>Parsed <c>save</c> block of the step, or null.</summary>
    public TemplateTree? Save { get; init; }
    /// <summary>Indexes of outgoing edges, document order.</summary>
    public required IReadOnlyList<int> Out { get; init; }
    /// <summary>Indexes of incoming edges, document order.</summary>
    public required IReadOnlyList<int> In { get; init; }
    public NextMode NextMode { get; init; } = NextMode.All;
    public JoinRule Join { get; init; } = JoinRule.All;
    public StepTimeouts Timeouts { get; init; } = new();
    /// <summary>Position in the source, from 1.</summary>
    public required int Line { get; init; }
    public required int Column { get; init; }

    public bool PassesThrough => NodeType is null;
}

public enum NextMode { All, First }

/// <summary>When a step with several incoming edges starts.</summary>
public sealed record JoinRule(JoinKind Kind, int Count)
{
    public static JoinRule All { get; } = new(JoinKind.All, 0);
    public static JoinRule Any { get; } = new(JoinKind.Any, 1);
    public static JoinRule NOf(int count) => new(JoinKind.NOf, count);
}

public enum JoinKind { All, Any, NOf }

public sealed record StepTimeouts
{
    public long? QueueMs { get; init; }
    public long? AttemptMs { get; init; }
    public long? HeartbeatMs { get; init; }
    public long? TotalMs { get; init; }
}

/// <summary>One edge of <c>next</c>.</summary>
public sealed record Edge
{
    public required int Index { get; init; }
    public required int From { get; init; }
    public required int To { get; init; }
    public Condition? When { get; init; }
    public bool IsElse { get; init; }
    public bool OnError { get; init; }
    public TemplateTree? Args { get; init; }
    public required int Line { get; init; }
    public required int Column { get; init; }
}

/// <summary>A JSON-like tree whose strings are templates; rendering keeps order and types.</summary>
public abstract record TemplateTree
{
    public static TemplateTree Empty { get; } = new MapNode([]);

    public sealed record Text(Template Template) : TemplateTree;

    public sealed record Literal(Value Value) : TemplateTree;

    public sealed record MapNode(IReadOnlyList<KeyValuePair<string, TemplateTree>> Entries) : TemplateTree;

    public sealed record ListNode(IReadOnlyList<TemplateTree> Items) : TemplateTree;

    /// <returns>The rendered value, or the first error value met in document order.</returns>
    public Value Render(IVariables variables)
    {
        switch (this)
        {
            case Literal literal: return literal.Value;
            case Text text: return text.Template.Evaluate(variables);
            case ListNode list:
                var items = new List<Value>(list.Items.Count);
                foreach (var item in list.Items)
                {
                    var value = item.Render(variables);
                    if (value.IsError) return value;
                    items.Add(value);
                }
                return Value.List(items);
            case MapNode map:
                var entries = new List<KeyValuePair<string, Value>>(map.Entries.Count);
                foreach (var (key, node) in map.Entries)
                {
                    var value = node.Render(variables);
                    if (value.IsError) return value;
                    entries.Add(new(key, value));
                }
                return Value.Map(entries);
            default: throw new InvalidOperationException($"template tree of unknown kind {GetType().Name}");
        }
    }
}
