using System.Diagnostics;
using Confluent.Kafka;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.PostgresSink;

/// <summary>
/// Writes every accepted fact of the events topic to Postgres, once. Any number of hosts may run: the group shares out
/// the partitions, and the compare-and-set of the cursors keeps the table exact whatever the group believes.
/// </summary>
public sealed class PostgresSinkHost : IDisposable
{
    private readonly SinkOptions _options;
    private readonly IRecordSerdes _serdes;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ArgumentException">The options are wrong: lists every mistake.</exception>
    public PostgresSinkHost(SinkOptions options, IRecordSerdes serdes, ILogger logger, TimeProvider? time = null)
    {
        options.Validate();
        (_options, _serdes, _logger) = (options, serdes, logger);
        Figures = new(time ?? TimeProvider.System);
    }

    public SinkFigures Figures { get; }

    public SinkLag Lag => Figures.Lag;

    /// <summary>Completes when partitions were assigned for the first time and their cursors read.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Runs until cancelled. What is down (Postgres, Kafka, registry) is told and tried again.</summary>
    /// <exception cref="SinkException">Somebody must act first: tables of other columns, a topic made anew.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        Log.Begins(_logger, _options.ToString());
        var backoff = new Backoff(_options.FirstRetry, _options.LongestRetry);
        var clock = Stopwatch.StartNew();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await SinkSchema.CreateAsync(_options.Postgres, cancel);
                Figures.SessionBegun();
                clock.Restart();
                // A thread of its own: polling blocks, and all calls of a session must come from one thread.
                await Task.Factory.StartNew(
                    () => RunSession(cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is SessionEndedException or KafkaException or KafkaUnavailableException
                || Unavailability.Is(e))
            {
                if (clock.Elapsed > _options.LongestRetry * 2 && !Unavailability.Is(e)) backoff.Reset();
                var delay = backoff.Next();
                var reason = e is SessionEndedException or KafkaException or KafkaUnavailableException
                    ? e.Message
                    : Unavailability.Describe(e, _options, "tried to create its tables", clock.Elapsed);
                Log.BeginsAnew(_logger, delay.TotalMilliseconds, reason);
                await Task.Delay(delay, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public void Dispose() => Figures.Dispose();

    private void RunSession(CancellationToken cancel)
    {
        using var session = new SinkSession(_options, _serdes, _logger, Figures, () => _ready.TrySetResult());
        session.Run(cancel);
    }
}
