using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.EngineHost;

/// <summary>What the processors of all partitions share; each part is thread-safe.</summary>
/// <param name="Resolve">Asks for a start to be pinned outside Decide.</param>
internal sealed record EngineParts(
    TopicNames Topics, IRecordSerdes Serdes, PlaybookCatalog Catalog, EngineSettings EngineSettings,
    Action<UnresolvedStart> Resolve, ILogger Logger)
{
    /// <summary>How long after its end an execution is remembered.</summary>
    public TimeSpan StartDedup { get; init; } = EngineServiceOptions.DefaultStartDedup;
}

internal sealed class EngineProcessorFactory(EngineParts parts) : IProcessorFactory
{
    public IProcessor Create(Term term) => new EngineProcessor(term, parts);
}
