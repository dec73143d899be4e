using Confluent.Kafka;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>
/// Follows topic task-control from its beginning: stops running tasks and remembers ids for later ones. Runs on a
/// thread of its own; a reader that fails is replaced and begins again, which changes nothing.
/// </summary>
internal sealed class ControlFollower(
    string topic, KafkaSettings settings, TaskControls controls, RunningTasks running, ILogger logger)
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once the topic has been read to the end that it had at the start.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public Task RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(
            () => Follow(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Follow(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var reader = new TopicReader(settings, topic, logger: logger);
                reader.ReadToEnd(Apply, EndTimeout, stop);
                _caughtUp.TrySetResult();
                while (!stop.IsCancellationRequested)
                    if (reader.Poll(PollSlice) is { } record) Apply(record);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Log.Stopped(logger, "task-control");
            }
            catch (Exception e) when (e is KafkaUnavailableException or KafkaException)
            {
                Log.ControlUnavailable(logger, topic, e.Message);
                stop.WaitHandle.WaitOne(RetryPause);
            }
        }
        _caughtUp.TrySetCanceled(stop);
    }

    private void Apply(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (record.Message.Value is not { } value) return;
        if (TaskControls.Parse(value, out var problem) is not { } control)
        {
            Log.BadControl(logger, topic, problem);
            return;
        }
        controls.Add(control, record.Message.Timestamp.UtcDateTime);
        running.Stop(control);
    }
}
