using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Graph;

/// <summary>Steps and edges with their targets resolved; the end that no step defines is added.</summary>
internal sealed class GraphBuilder(DiagnosticList problems)
{
    private readonly List<StepDraft> _steps = [];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly List<Edge> _edges = [];
    private readonly List<MentionSet> _edgeMentions = [];

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
    public (IReadOnlyList<StepNode> Steps, IReadOnlyList<Edge> Edges, int Entry) Build(IReadOnlyList<string> scopeNames)
    {
        var defined = _steps.Count;
        for (var from = 0; from < defined; from++)
            foreach (var edge in _steps[from].Next) Link(from, edge);
        var entry = _byName.GetValueOrDefault(Dialect.StartStep, 0);
        var outgoing = _edges.ToLookup(e => e.From);
        var incoming = _edges.ToLookup(e => e.To);
        var nodes = _steps.Select((step, index) => Node(index, step, outgoing[index], incoming[index])).ToList();
        if (_edges.Count > PlaybookLimits.MaxEdges)
        {
            var at = _edges[PlaybookLimits.MaxEdges];
            problems.Error(new(at.Line, at.Column), DiagnosticCodes.TooLarge, "the playbook has too many edges",
                $"{_edges.Count}", $"at most {PlaybookLimits.MaxEdges}");
            return (nodes, _edges, entry);
        }
        foreach (var node in nodes) CheckJoin(node);
        new GraphChecks(nodes, _edges, entry, problems).Run(_steps, _edgeMentions, scopeNames);
        return (nodes, _edges, entry);
    }

    private void Link(int from, EdgeDraft draft)
    {
        if (!_byName.TryGetValue(draft.Target, out var to))
        {
            if (_refused.Contains(draft.Target) || problems.IsFull) return;
            if (draft.Target != Dialect.EndStep)
            {
                problems.Error(draft.TargetAt, DiagnosticCodes.UnknownStep, $"there is no step '{draft.Target}'",
                    draft.Target, "a step of this workflow",
                    NearestName.Hint(draft.Target, _byName.Keys.Append(Dialect.EndStep)));
                return;
            }
            to = AddEnd(draft.TargetAt);
        }
        _edgeMentions.Add(draft.Mentions);
        _edges.Add(new()
        {
            Index = _edges.Count, From = from, To = to, When = draft.When, IsElse = draft.IsElse,
            OnError = draft.OnError, Args = draft.Args, Line = draft.At.Line, Column = draft.At.Column,
        });
    }

    private int AddEnd(Position at)
    {
        _byName.Add(Dialect.EndStep, _steps.Count);
        _steps.Add(new() { Name = Dialect.EndStep, At = at, NameAt = at, JoinAt = at, Tool = new() });
        return _steps.Count - 1;
    }

    private static StepNode Node(int index, StepDraft step, IEnumerable<Edge> outgoing, IEnumerable<Edge> incoming)
    {
        var tool = step.Tool;
        var given = tool.Args.Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Index = index,
            Name = step.Name,
            NodeType = tool.NodeType,
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
            Line = step.At.Line,
            Column = step.At.Column,
        };
    }

    private void CheckJoin(StepNode node)
    {
        if (node.Join.Kind != JoinKind.NOf || node.Join.Count <= node.In.Count) return;
        problems.Error(_steps[node.Index].JoinAt, DiagnosticCodes.BadValue,
            $"'{node.Name}' waits for {node.Join.Count} edges and has {node.In.Count}", $"n_of: {node.Join.Count}",
            $"at most {node.In.Count}", "n_of counts edges that lead into the step");
    }
}
