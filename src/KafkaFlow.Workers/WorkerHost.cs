using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>
/// Runs the tasks of some node types: consumes <c>P.tasks.TYPE</c> in group <c>P-worker-TYPE</c> and answers to the
/// topic and partition that each task names. An answer is sent for every record of a task; its offset is committed
/// after the answer, or the hand-over of a long task, is acknowledged. The protocol stands in docs/worker-protocol.md.
/// </summary>
public sealed class WorkerHost
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly WorkerOptions _options;
    private readonly IReadOnlyList<ITaskHandler> _handlers;
    private readonly IRecordSerdes _serdes;
    private readonly KafkaSettings _kafka;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ArgumentException">Wrong options or handlers; lists every mistake.</exception>
    public WorkerHost(
        WorkerOptions options, IReadOnlyList<ITaskHandler> handlers, IRecordSerdes serdes, KafkaSettings kafka,
        ILoggerFactory loggers)
    {
        List<string> problems = [.. options.Problems(), .. kafka.Problems()];
        if (handlers.Count == 0) problems.Add("no node type is given; expected at least one");
        problems.AddRange(handlers.Where(h => !Names.IsNodeType(h.NodeType))
            .Select(h => $"node type '{h.NodeType}'; expected [a-z0-9-]{{1,60}}"));
        problems.AddRange(handlers.GroupBy(h => h.NodeType).Where(g => g.Count() > 1)
            .Select(g => $"node type '{g.Key}' has {g.Count()} handlers; expected one"));
        if (problems.Count > 0) throw new ArgumentException(string.Join('\n', problems), nameof(options));
        _options = options;
        _handlers = handlers;
        _serdes = serdes;
        _kafka = kafka;
        _logger = loggers.CreateLogger<WorkerHost>();
    }

    /// <summary>Completes once every node type has its partitions; is cancelled if the host ends before.</summary>
    public Task Ready => _ready.Task;

    /// <summary>
    /// Works until <paramref name="stop"/>, then drains: no new task begins, running ones have
    /// <see cref="WorkerOptions.DrainLimit"/> to end, are answered and committed. Waits for a broker that is down.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await WorkAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Log.Stopped(_logger, "worker");
        }
        catch (Exception e)
        {
            _ready.TrySetException(e);
            throw;
        }
        finally
        {
            _ready.TrySetCanceled(CancellationToken.None);
        }
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        await EnsureTopicsAsync(stop);
        await Task.WhenAll(_handlers.OfType<IWarmTaskHandler>().Select(handler => WarmUpAsync(handler, stop)));

        using var drained = new CancellationTokenSource();
        using var ended = new CancellationTokenSource();
        using var sender = new RecordSender(_kafka, "kf-worker-out", [_options.Topics.Commands], _logger);
        var running = new RunningTasks();
        var controls = new TaskControls(_options.RememberedControls, _options.ControlMemory);
        var output = new WorkerOutput(_options, _serdes, sender, _logger);
        var executor = new TaskExecutor(_options, _serdes, output, running, controls, _logger);
        var follower = new ControlFollower(_options.Topics.TaskControl, _kafka, controls, running, _logger);

        var handOver = new HandOver(_options, output, running, _logger);
        Task[] background = [follower.RunAsync(ended.Token), handOver.RunAsync(ended.Token)];
        try
        {
            await output.PrepareAsync(stop);
            await follower.CaughtUp.WaitAsync(stop);
            await using var limit = stop.Register(() => drained.CancelAfter(_options.DrainLimit));
            await using var give = drained.Token.Register(() => StopAll(running));
            var lanes = _handlers
                .Select(handler => new TaskLane(_options, handler, _kafka, executor, sender, _logger)).ToList();
            _ = ReportReadyAsync(lanes);
            await Task.WhenAll(lanes.Select(lane => lane.RunAsync(stop, drained.Token)));
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(background);
        }
    }

    private async Task ReportReadyAsync(List<TaskLane> lanes)
    {
        await Task.WhenAll(lanes.Select(lane => lane.Assigned));
        var types = string.Join(',', _handlers.Select(h => h.NodeType));
        if (_ready.TrySetResult()) Log.Ready(_logger, _options.WorkerId, types);
    }

    /// <summary>The drain limit is over: what still runs is killed and stays unanswered, for another worker.</summary>
    private void StopAll(RunningTasks running)
    {
        if (running.Count > 0) Log.DrainLimit(_logger, running.Count, _options.DrainLimit.TotalSeconds);
        foreach (var task in running.All) task.Stop(null);
    }

    private async Task EnsureTopicsAsync(CancellationToken stop)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                using var admin = new TopicAdmin(_kafka, _logger);
                foreach (var handler in _handlers)
                    await admin.EnsureTasksTopicAsync(_options.Topics.Prefix, handler.NodeType).WaitAsync(stop);
                return;
            }
            catch (KafkaUnavailableException e)
            {
                Log.KafkaUnavailable(_logger, e.Message);
                await Task.Delay(pause, stop);
            }
        }
    }

    private async Task WarmUpAsync(IWarmTaskHandler handler, CancellationToken stop)
    {
        try
        {
            await handler.WarmUpAsync(stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Its tasks will fail with the same reason until it is mended; the other types work.
            Log.NotWarm(_logger, handler.NodeType, e.Message);
        }
    }
}
