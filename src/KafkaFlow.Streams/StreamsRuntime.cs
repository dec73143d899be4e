using Microsoft.Extensions.Logging;

namespace KafkaFlow.Streams;

/// <summary>
/// Runs one processor over the partitions that the group gives to this instance. <see cref="Run"/> owns one thread, on
/// which all processors are called; after a failure it starts over with a pause that grows.
/// </summary>
public sealed class StreamsRuntime
{
    public StreamsRuntime(
        StreamsOptions options, Topology topology, IProcessorFactory processors, ILoggerFactory loggers)
    {
        options.Validate();
        topology.Validate();
    }

    /// <summary>Callable from any thread.</summary>
    public StreamsStatus Status => throw new NotSupportedException();

    /// <summary>Blocks until cancelled, then drains, writes a last checkpoint and closes, within bounded time.</summary>
    /// <exception cref="StreamsException">Starting over cannot help.</exception>
    public void Run(CancellationToken cancel) => throw new NotSupportedException();
}
