using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>Steps and edges with their targets resolved, and the loops they make.</summary>
internal sealed record BuiltGraph(
    IReadOnlyList<StepNode> Steps, IReadOnlyList<Edge> Edges, int Entry, IReadOnlyList<NaturalLoop> Loops);

/// <summary>Steps and edges with their targets resolved; the end that no step defines is added.</summary>
internal sealed class GraphBuilder(DiagnosticList problems)
{
    private readonly List<StepDraft> _steps = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly List<Edge> _edges = [];
    private readonly List<EdgeDraft> _drafts = [];

    public void Add(StepDraft step)
    {
        if (_byName.TryGetValue(step.Name, out var first))
        {
            problems.Error(step.NameAt, DiagnosticCodes.DuplicateStep, $"a second step '{step.Name}'", step.Name,
                "each name once", $"the first one is in line {_steps[first].NameAt.Line}");
            return;
        }
        _byName.Add(step.Name, _steps.Count);
        _steps.Add(step);
        if (step.Name is not Dialect.EndStep && ScopeNames.BuiltIn.Contains(step.Name))
            problems.Warn(step.NameAt, DiagnosticCodes.ShadowedName,
                $"in expressions '{step.Name}' is not this step but the engine's own name", step.Name,
                "another name", $"write ctx.{step.Name}.output for its value");
    }

    /// <summary>A step that was reported and left out: edges to it are not worth a second diagnostic.</summary>
    public void Refuse(string name) => _refused.Add(name);

    /// <summary>Links and checks. The result is of use only if no error was reported.</summary>
    public BuiltGraph Build(IReadOnlyList<string> scopeNames)
    {
        var defined = _steps.Count;
        for (var from = 0; from < defined; from++)
            foreach (var edge in _steps[from].Next) Link(from, edge);
        var compensates = _steps.Select(step => Resolve(step.Compensate)).ToList();
        var entry = _byName.GetValueOrDefault(Dialect.StartStep, 0);
        var outgoing = _edges.ToLookup(e => e.From);
        var incoming = _edges.ToLookup(e => e.To);
        var nodes = _steps.Select((step, index) => Node(index, step, outgoing[index], incoming[index]) with
        {
            Compensate = compensates[index],
        }).ToList();
        if (_edges.Count > PlaybookLimits.MaxEdges)
        {
            var at = _edges[PlaybookLimits.MaxEdges];
            problems.Error(new(at.Line, at.Column), DiagnosticCodes.TooLarge, "the playbook has too many edges",
                $"{_edges.Count}", $"at most {PlaybookLimits.MaxEdges}");
            return new(nodes, _edges, entry, []);
        }
        new RoleChecks(_steps, nodes, _edges, _drafts, problems).Assign(entry);
        IReadOnlyList<NaturalLoop> loops = problems.HasErrors
            ? [] : new LoopChecks(nodes, _edges, _drafts, entry, problems).Find();
        foreach (var node in nodes) CheckJoin(node);
        if (!problems.HasErrors)
            new GraphChecks(nodes, _edges, entry, problems)
                .Run(_steps, [.. _drafts.Select(edge => edge.Mentions)], scopeNames);
        return new(nodes, _edges, entry, loops);
    }

    private void Link(int from, EdgeDraft draft)
    {
        if (Resolve(draft.Target, draft.TargetAt, addEnd: true) is not { } to) return;
        _drafts.Add(draft);
        _edges.Add(new()
        {
            Index = _edges.Count, From = from, To = to, When = draft.When, IsElse = draft.IsElse,
            OnError = draft.OnError, EachVisit = draft.EachVisit,
            Args = draft.Args, Line = draft.At.Line, Column = draft.At.Column,
        });
    }

    private int? Resolve(YamlScalar? name) => name is null ? null : Resolve(name.Text, name.At, addEnd: false);

    private int? Resolve(string name, Position at, bool addEnd)
    {
        if (_byName.TryGetValue(name, out var step)) return step;
        if (_refused.Contains(name) || problems.IsFull) return null;
        if (name == Dialect.EndStep && addEnd) return AddEnd(at);
        problems.Error(at, DiagnosticCodes.UnknownStep, $"there is no step '{name}'", name, "a step of this workflow",
            NearestName.Hint(name, addEnd ? _byName.Keys.Append(Dialect.EndStep) : _byName.Keys));
        return null;
    }

    private int AddEnd(Position at)
    {
        _byName.Add(Dialect.EndStep, _steps.Count);
        _steps.Add(new() { Name = Dialect.EndStep, At = at, NameAt = at, JoinAt = at, Tool = new() });
        return _steps.Count - 1;
    }

    internal static StepNode Node(int index, StepDraft step, IEnumerable<Edge> outgoing, IEnumerable<Edge> incoming)
    {
        var tool = step.Tool;
        var given = tool.Args.Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Index = index,
            Name = step.Name,
            NodeType = tool.NodeType,
            Kind = tool.Kind,
            Tool = tool.Tool,
            Args = tool.WholeArgs is { } whole ? whole : tool.Args,
            Binds = tool.Main?.Binds(tool.WholeArgs is null ? given : []) ?? [],
            Auth = tool.Auth,
            Save = step.Save,
            Out = [.. outgoing.Select(e => e.Index)],
            In = [.. incoming.Select(e => e.Index)],
            NextMode = step.NextMode,
            Join = step.Join,
            Timeouts = step.Timeouts,
            Role = step.IsFinally ? StepRole.Finally : StepRole.Flow,
            Retry = step.Retry,
            While = step.While,
            Items = tool.Items is { } items ? Placed(items, index, step.Name) : null,
            Wait = tool.Wait,
            Approval = tool.Approval,
            Child = tool.Child,
            Value = tool.Value,
            Line = step.At.Line,
            Column = step.At.Column,
        };
    }

    /// <summary>The task of each item is known by its step.</summary>
    private static ItemLoop Placed(ItemLoop items, int index, string name) => items with
    {
        Body = items.Body with
        {
            Index = index, Name = name, Items = items.Body.Items is { } inner ? Placed(inner, index, name) : null,
        },
    };

    private void CheckJoin(StepNode node)
    {
        var forward = node.In.Count(edge => !_edges[edge].IsBack);
        if (node.Join.Kind != JoinKind.NOf || node.Join.Count <= forward) return;
        problems.Error(_steps[node.Index].JoinAt, DiagnosticCodes.BadValue,
            $"'{node.Name}' waits for {node.Join.Count} edges and has {forward}", $"n_of: {node.Join.Count}",
            $"at most {forward}", "n_of counts edges that lead into the step, those of a loop that go back excepted");
    }
}
