using System.Collections.Immutable;
using System.Text.Json;

namespace KafkaFlow.Engine;

/// <summary>Outcomes of edges as <c>meta.edges</c> holds them: <c>{"taken":[{edge,to,args}],"dead":[..]}</c>.</summary>
internal static class EdgeJson
{
    private static readonly (EdgeState State, string Name)[] Groups =
        [(EdgeState.Taken, "taken"), (EdgeState.Dead, "dead"), (EdgeState.Failed, "failed")];

    public static void Write(Utf8JsonWriter writer, ImmutableArray<EdgeOutcome> edges)
    {
        writer.WriteStartObject("edges");
        foreach (var (state, name) in Groups)
        {
            if (!edges.Any(edge => edge.State == state)) continue;
            writer.WriteStartArray(name);
            foreach (var (edge, outcome, to, args) in edges)
            {
                if (outcome != state) continue;
                writer.WriteStartObject();
                writer.WriteNumber("edge", edge);
                writer.WriteString("to", to);
                if (args is not null) writer.Raw("args", args);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    /// <returns>Ordered by edge.</returns>
    public static ImmutableArray<EdgeOutcome> Read(JsonElement json)
    {
        var edges = ImmutableArray.CreateBuilder<EdgeOutcome>();
        foreach (var (state, name) in Groups)
        {
            if (!json.TryGetProperty(name, out var group)) continue;
            foreach (var item in group.EnumerateArray())
            {
                var args = item.TryGetProperty("args", out var given) ? given.GetRawText() : null;
                edges.Add(new(item.GetProperty("edge").GetInt32(), state, item.GetProperty("to").GetString()!, args));
            }
        }
        edges.Sort((a, b) => a.Edge.CompareTo(b.Edge));
        return edges.ToImmutable();
    }
}
