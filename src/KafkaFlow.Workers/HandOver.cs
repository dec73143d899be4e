using System.Diagnostics;
using KafkaFlow.Contracts;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>
/// Looks at the running tasks ten times a second: one that has run longer than the hand-over time is reported as
/// started, and then gets a heartbeat at a third of its heartbeat timeout. Nothing on the path of a task waits for it.
/// </summary>
internal sealed class HandOver(WorkerOptions options, WorkerOutput output, RunningTasks running, ILogger logger)
{
    private const int HeartbeatsPerTimeout = 3;
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DetailsPause = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        using var pulse = new PeriodicTimer(Pulse);
        try
        {
            while (await pulse.WaitForNextTickAsync(stop))
                foreach (var task in running.All) await LookAtAsync(task, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Log.Stopped(logger, "hand-over");
        }
    }

    private async Task LookAtAsync(RunningTask task, CancellationToken stop)
    {
        if (task.ReportedAt == 0)
        {
            if (task.Elapsed < options.HandOverAfter) return;
            task.ReportedAt = Stopwatch.GetTimestamp();
            var started = TaskAnswer.Report(task.Task, options.WorkerId, CommandTypes.ActionStarted);
            await output.SendReportAsync(started, task.Task, task.HandOver, stop);
            return;
        }
        var silence = Stopwatch.GetElapsedTime(task.ReportedAt);
        if (silence < DetailsPause && silence < HeartbeatPause(task.Task)) return;
        var details = silence >= DetailsPause ? task.Context.TakeDetails() : null;
        if (details is null && silence < HeartbeatPause(task.Task)) return;

        task.ReportedAt = Stopwatch.GetTimestamp();
        var heartbeat = TaskAnswer.Report(task.Task, options.WorkerId, CommandTypes.ActionHeartbeat) with
        {
            Details = details,
        };
        await output.SendReportAsync(heartbeat, task.Task, () => { }, stop);
    }

    private TimeSpan HeartbeatPause(TaskRecord task) =>
        (task.HeartbeatMs is { } ms ? TimeSpan.FromMilliseconds(ms) : options.HeartbeatTimeout) / HeartbeatsPerTimeout;
}
