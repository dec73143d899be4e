using System.Collections.Immutable;
using System.Text.Json;

namespace KafkaFlow.Engine;

/// <summary>An edge with its outcome, as <c>meta.edges</c> holds it: <c>{"taken":[{edge,to,args}],"dead":[..]}</c>.
/// </summary>
internal readonly record struct RoutedEdge(EdgeOutcome Outcome, string To)
{
    private static readonly (EdgeState State, string Name)[] Groups =
        [(EdgeState.Taken, "taken"), (EdgeState.Dead, "dead"), (EdgeState.Failed, "failed")];

    public static void Write(Utf8JsonWriter writer, ImmutableArray<RoutedEdge> edges)
    {
        writer.WriteStartObject("edges");
        foreach (var (state, name) in Groups)
        {
            if (!edges.Any(edge => edge.Outcome.State == state)) continue;
            writer.WriteStartArray(name);
            foreach (var (outcome, to) in edges)
            {
                if (outcome.State != state) continue;
                writer.WriteStartObject();
                writer.WriteNumber("edge", outcome.Edge);
                writer.WriteString("to", to);
                if (outcome.Args is { } args) writer.Raw("args", args);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    /// <returns>Ordered by edge.</returns>
    public static ImmutableArray<RoutedEdge> Read(JsonElement json)
    {
        var edges = ImmutableArray.CreateBuilder<RoutedEdge>();
        foreach (var (state, name) in Groups)
        {
            if (!json.TryGetProperty(name, out var group)) continue;
            foreach (var item in group.EnumerateArray())
            {
                var args = item.TryGetProperty("args", out var given) ? given.GetRawText() : null;
                var outcome = new EdgeOutcome(item.GetProperty("edge").GetInt32(), state, args);
                edges.Add(new(outcome, item.GetProperty("to").GetString()!));
            }
        }
        edges.Sort((a, b) => a.Outcome.Edge.CompareTo(b.Outcome.Edge));
        return edges.ToImmutable();
    }
}
