using System.Globalization;
using System.Text;

namespace KafkaFlow.Streams;

/// <summary>A topology as data, for JSON and for people.</summary>
public sealed record TopologyModel(IReadOnlyList<TopologyModel.Subtopology> Subtopologies)
{
    public sealed record Subtopology(
        IReadOnlyList<Source> Sources, IReadOnlyList<Processor> Processors, IReadOnlyList<Store> Stores,
        IReadOnlyList<Sink> Sinks);

    public sealed record Source(string Name, IReadOnlyList<string> Topics, IReadOnlyList<string> Successors);

    public sealed record Processor(
        string Name, IReadOnlyList<string> Stores, IReadOnlyList<string> Predecessors,
        IReadOnlyList<string> Successors);

    public sealed record Store(string Name, string Changelog);

    public sealed record Sink(string Name, string Topic, IReadOnlyList<string> Predecessors);

    public string ToText()
    {
        var text = new StringBuilder("Topologies:\n");
        for (var i = 0; i < Subtopologies.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"   Sub-topology: {i}\n");
            foreach (var source in Subtopologies[i].Sources)
                text.Append(CultureInfo.InvariantCulture, $"    Source: {source.Name} ")
                    .Append(CultureInfo.InvariantCulture, $"(topics: [{Join(source.Topics)}])\n")
                    .Append(CultureInfo.InvariantCulture, $"      --> {Join(source.Successors)}\n");
            foreach (var processor in Subtopologies[i].Processors)
                text.Append(CultureInfo.InvariantCulture, $"    Processor: {processor.Name} ")
                    .Append(CultureInfo.InvariantCulture, $"(stores: [{Join(processor.Stores)}])\n")
                    .Append(CultureInfo.InvariantCulture, $"      --> {Join(processor.Successors)}\n")
                    .Append(CultureInfo.InvariantCulture, $"      <-- {Join(processor.Predecessors)}\n");
            foreach (var sink in Subtopologies[i].Sinks)
                text.Append(CultureInfo.InvariantCulture, $"    Sink: {sink.Name} (topic: {sink.Topic})\n")
                    .Append(CultureInfo.InvariantCulture, $"      <-- {Join(sink.Predecessors)}\n");
        }
        return text.ToString();
    }

    private static string Join(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
