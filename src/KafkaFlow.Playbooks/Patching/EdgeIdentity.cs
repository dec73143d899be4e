namespace KafkaFlow.Playbooks.Patching;

/// <summary>
/// Gives the edges of a patched graph the indexes that they had before. An edge is known by its two steps and by which
/// of the edges between these it is, in document order.
/// </summary>
internal static class EdgeIdentity
{
    private readonly record struct Key(string From, string To, int Ordinal);

    /// <param name="before">The graph that was patched.</param>
    /// <param name="after">The patched one as it was compiled.</param>
    public static PlaybookGraph Keep(PlaybookGraph before, PlaybookGraph after)
    {
        var known = Keys(before).ToDictionary(pair => pair.Value, pair => pair.Key);
        var next = before.Edges.Count;
        var indexes = Keys(after).OrderBy(pair => pair.Key)
            .ToDictionary(pair => pair.Key, pair => known.TryGetValue(pair.Value, out var old) ? old : next++);
        var edges = new Edge?[next];
        foreach (var edge in after.Edges) edges[indexes[edge.Index]] = edge with { Index = indexes[edge.Index] };
        for (var i = 0; i < before.Edges.Count; i++) edges[i] ??= Removed(before, before.Edges[i], after);
        return after with
        {
            Edges = [.. edges.OfType<Edge>()],
            Steps = [.. after.Steps.Select(step => step with
            {
                In = [.. step.In.Select(edge => indexes[edge])], Out = [.. step.Out.Select(edge => indexes[edge])],
            })],
            Loops = [.. after.Loops.Select(loop => loop with
            {
                BackEdges = [.. loop.BackEdges.Select(edge => indexes[edge])],
            })],
        };
    }

    /// <summary>The edges that lead somewhere, by index.</summary>
    private static IEnumerable<KeyValuePair<int, Key>> Keys(PlaybookGraph graph)
    {
        var counts = new Dictionary<(int From, int To), int>();
        foreach (var index in graph.Steps.SelectMany(step => step.Out))
        {
            var edge = graph.Edges[index];
            var ordinal = counts.GetValueOrDefault((edge.From, edge.To));
            counts[(edge.From, edge.To)] = ordinal + 1;
            yield return new(index, new(graph.Steps[edge.From].Name, graph.Steps[edge.To].Name, ordinal));
        }
    }

    private static Edge Removed(PlaybookGraph before, Edge edge, PlaybookGraph after) => edge with
    {
        From = Place(before, edge.From, after), To = Place(before, edge.To, after), IsBack = false, IsRemoved = true,
    };

    private static int Place(PlaybookGraph before, int step, PlaybookGraph after) =>
        step < 0 ? Edge.NoStep : after.Find(before.Steps[step].Name)?.Index ?? Edge.NoStep;
}
