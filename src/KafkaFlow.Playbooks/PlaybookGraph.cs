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
    /// <summary>Source text this graph was compiled from: what a patch is applied to.</summary>
    public string Source { get; init; } = "";
    /// <summary><see cref="Scope"/> and behind it what only retry expressions see: <c>data</c>, <c>status_code</c>,
    /// <c>success</c>. What has no value there is null.</summary>
    public ExpressionScope RetryScope { get => field ?? Scope; init; }
    /// <summary>Names that stand for the element of a loop over items.</summary>
    public IReadOnlyList<string> Elements { get; init; } = [];
    /// <summary>Natural loops of the back edges, one per header; an inner one stands before the one around
    /// it.</summary>
    public IReadOnlyList<NaturalLoop> Loops { get; init; } = [];

    /// <summary>Types whose tasks go to workers, items' included; each has a topic.</summary>
    public IEnumerable<string> TaskTypes => Steps.SelectMany(step => step.TaskTypes).Distinct();

    public StepNode? Find(string step) => Steps.FirstOrDefault(s => s.Name == step);
}

public enum OnFailure { FailFast, Drain }

/// <summary>
/// A cycle with one entry: its header dominates every step of the body (Aho, Sethi, Ullman: Compilers, 10.4).
/// </summary>
/// <param name="Header">Step where an iteration begins.</param>
/// <param name="BackEdges">Edges that lead from the body to the header, document order.</param>
/// <param name="Body">Steps of one iteration, header included, ascending; also the regions behind edges that are marked
/// <c>each_visit</c>.</param>
/// <param name="Parent">Index of the innermost loop around it, or null.</param>
public sealed record NaturalLoop(int Header, IReadOnlyList<int> BackEdges, IReadOnlyList<int> Body, int? Parent);

/// <summary>How a step does its work.</summary>
public enum StepKind
{
    /// <summary>Inside the engine, without a value of its own.</summary>
    PassThrough,
    /// <summary>A worker does it.</summary>
    Task,
    /// <summary>Inside the engine; its value is <see cref="StepNode.Value"/>.</summary>
    Transform,
    /// <summary>Once per item of a list.</summary>
    Items,
    /// <summary>For a time or a signal.</summary>
    Wait,
    /// <summary>For somebody's decision.</summary>
    Approval,
    /// <summary>Another execution.</summary>
    Child,
}

/// <summary>When a step runs.</summary>
public enum StepRole
{
    /// <summary>Where its edges say.</summary>
    Flow,
    /// <summary>To undo a completed step, after failure, cancel or deadline; without edges.</summary>
    Compensation,
    /// <summary>Once at the end of the run, whatever its status; without edges.</summary>
    Finally,
}

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
    public StepKind Kind { get => field == StepKind.PassThrough && NodeType is not null ? StepKind.Task : field; init; }
    public StepRole Role { get; init; } = StepRole.Flow;
    /// <summary>Index of the step that undoes this one, or null.</summary>
    public int? Compensate { get; init; }
    public RetryPolicy? Retry { get; init; }
    /// <summary>Set exactly for <see cref="StepKind.Items"/>.</summary>
    public ItemLoop? Items { get; init; }
    /// <summary>Only with <see cref="StepKind.Task"/>: it runs again and again.</summary>
    public WhileLoop? While { get; init; }
    /// <summary>Set exactly for <see cref="StepKind.Wait"/>.</summary>
    public WaitRule? Wait { get; init; }
    /// <summary>Set exactly for <see cref="StepKind.Approval"/>.</summary>
    public ApprovalRule? Approval { get; init; }
    /// <summary>Set exactly for <see cref="StepKind.Child"/>; the payload is <see cref="Args"/>.</summary>
    public ChildRule? Child { get; init; }
    /// <summary>Set exactly for <see cref="StepKind.Transform"/>.</summary>
    public TemplateTree? Value { get; init; }
    /// <summary>Position in the source, from 1.</summary>
    public required int Line { get; init; }
    public required int Column { get; init; }

    public bool PassesThrough => Kind == StepKind.PassThrough;

    internal IEnumerable<string> TaskTypes =>
        Items is { } items ? items.Body.TaskTypes : Kind == StepKind.Task ? [NodeType!] : [];
}

/// <summary>When a failed attempt is followed by another one.</summary>
public sealed record RetryPolicy
{
    public int MaxAttempts { get; init; } = 3;
    public long InitialDelayMs { get; init; } = 1_000;
    public double BackoffMultiplier { get; init; } = 2;
    public long MaxDelayMs { get; init; } = 60_000;
    /// <summary>Each delay times a number from 0.5 to 1.5 that follows from the task id.</summary>
    public bool Jitter { get; init; } = true;
    /// <summary>Compiled in <see cref="PlaybookGraph.RetryScope"/>; null: after any failure.</summary>
    public Condition? RetryWhen { get; init; }
    /// <summary>Compiled in <see cref="PlaybookGraph.RetryScope"/>; wins over <see cref="RetryWhen"/>.</summary>
    public Condition? StopWhen { get; init; }
    /// <summary>Error codes that end the attempts at once.</summary>
    public IReadOnlyList<string> NonRetryable { get; init; } = [];
}

/// <summary>A step that does its body once per item. Order: where, order_by, limit, chunk, enumerate.</summary>
public sealed record ItemLoop
{
    public required TemplateTree Collection { get; init; }
    /// <summary>Name of the item in expressions, beside <c>item</c>.</summary>
    public required string Element { get; init; }
    /// <summary>Items under way at once; 1 is sequential, null only bounded by the engine.</summary>
    public int? Concurrency { get; init; }
    public Condition? Where { get; init; }
    /// <summary>Key to sort by, stable.</summary>
    public TemplateTree? OrderBy { get; init; }
    public bool Descending { get; init; }
    public TemplateTree? Limit { get; init; }
    public int? Chunk { get; init; }
    /// <summary>The item is <c>{"index": i, "item": value}</c>.</summary>
    public bool Enumerate { get; init; }
    public ItemErrors OnError { get; init; } = ItemErrors.Fail;
    /// <summary>Failed items that <see cref="ItemErrors.Tolerate"/> survives.</summary>
    public int Tolerated { get; init; }
    /// <summary>What each item runs: a task, a transform, a child or a loop of its own; without edges. Named like its
    /// step.</summary>
    public required StepNode Body { get; init; }
}

public enum ItemErrors
{
    /// <summary>The first failed item cancels the others and fails the step.</summary>
    Fail,
    /// <summary>A failed item's result is <c>{"error": ..}</c>.</summary>
    Collect,
    /// <summary>A failed item's result is null, up to a number of them.</summary>
    Tolerate,
}

/// <summary>The step's task again and again.</summary>
public sealed record WhileLoop
{
    /// <summary>Evaluated after each iteration, the last allowed one included: true goes on.</summary>
    public required Condition Condition { get; init; }
    /// <summary>Evaluated before it: true ends the loop as completed.</summary>
    public Condition? BreakWhen { get; init; }
    public int MaxIterations { get; init; } = 100;
    /// <summary>Of the whole loop.</summary>
    public long? TimeoutMs { get; init; }
    /// <summary>Between two iterations.</summary>
    public long DelayMs { get; init; }
}

/// <summary>Exactly one of duration, until and signal.</summary>
public sealed record WaitRule
{
    /// <summary>Renders to a duration text or seconds.</summary>
    public TemplateTree? Duration { get; init; }
    /// <summary>Renders to an RFC 3339 time.</summary>
    public TemplateTree? Until { get; init; }
    /// <summary>Renders to the signal's name.</summary>
    public TemplateTree? Signal { get; init; }
    /// <summary>Of the wait for a signal.</summary>
    public long? TimeoutMs { get; init; }
}

public sealed record ApprovalRule
{
    /// <summary>Renders to a list of the actors that may decide; null or empty: everybody.</summary>
    public TemplateTree? Who { get; init; }
    /// <summary>What they are asked, any JSON.</summary>
    public TemplateTree? Form { get; init; }
    public long? TimeoutMs { get; init; }
}

public sealed record ChildRule
{
    /// <summary>Renders to the playbook's path.</summary>
    public required TemplateTree Path { get; init; }
    /// <summary>Renders to a number or <c>latest</c>.</summary>
    public TemplateTree? Version { get; init; }
    /// <summary>Step of the child whose value is the result; null: the child's result.</summary>
    public string? ReturnStep { get; init; }
    /// <summary>Whether a cancelled parent waits for the child's end.</summary>
    public bool AwaitCancel { get; init; }
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
    public const int NoStep = -1;

    public required int Index { get; init; }
    public required int From { get; init; }
    public required int To { get; init; }
    public Condition? When { get; init; }
    public bool IsElse { get; init; }
    public bool OnError { get; init; }
    /// <summary>Leads back to the header of a loop.</summary>
    public bool IsBack { get; init; }
    /// <summary>Leaves a loop, and what it leads to runs in each iteration.</summary>
    public bool EachVisit { get; init; }
    /// <summary>Taken out by a patch: it stands in no <see cref="StepNode.In"/> and <see cref="StepNode.Out"/>, and its
    /// ends are <see cref="NoStep"/> where that step is gone too.</summary>
    public bool IsRemoved { get; init; }
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
