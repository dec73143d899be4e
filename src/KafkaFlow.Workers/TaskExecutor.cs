using KafkaFlow.Contracts;
using KafkaFlow.Serdes;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Workers;

/// <summary>
/// Takes one task record to its answer: decode, look for an earlier answer, a running twin or a cancellation, run the
/// handler, answer. Thread-safe.
/// </summary>
internal sealed class TaskExecutor(
    WorkerOptions options, IRecordSerdes serdes, WorkerOutput output, RunningTasks running, TaskControls controls,
    ILogger logger)
{
    private readonly AnsweredTasks _answered = new(options.RememberedAnswers, options.RememberedAnswerChars);

    /// <param name="drained">The worker has no time left: give up without an answer.</param>
    public async Task ProcessAsync(TaskDelivery delivery, ITaskHandler handler, CancellationToken drained)
    {
        try
        {
            await TakeAsync(delivery, handler, drained);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Neither the task's fault nor a reason to stop the others: keep the record and say why.
            Log.HandlerFailed(logger, e, delivery.ToString(), handler.NodeType);
            output.SendDeadLetter(delivery, DlqCodes.Undecodable, $"it cannot be answered: {e.Message}");
        }
    }

    private async Task TakeAsync(TaskDelivery delivery, ITaskHandler handler, CancellationToken drained)
    {
        var decoded = await output.WithSchemasAsync(() => serdes.DecodeTask(delivery.Value), drained);
        if (decoded.Record is not { } task)
        {
            var error = decoded.Error ?? new RecordError(DlqCodes.Undecodable, null, "no reason given");
            output.SendDeadLetter(delivery, error.Code, error.Message);
            return;
        }
        var own = new RunningTask(task, delivery, new TaskContext(task, logger), options.CancelGrace);
        using (own)
        {
            if (!await TakesItAsync(own, delivery, drained)) return;
            try
            {
                await AnswerAsync(own, await RunAsync(own, handler), drained);
            }
            finally
            {
                running.Remove(own);
                own.Close();
            }
        }
    }

    /// <returns>false if the record has been answered from memory or waits for its running twin's answer.</returns>
    private async Task<bool> TakesItAsync(RunningTask own, TaskDelivery delivery, CancellationToken drained)
    {
        while (true)
        {
            if (_answered.Find(own.Id) is { } known)
            {
                Log.AnsweredAgain(logger, own.Task.TaskId, delivery.ToString());
                await output.SendAnswerAsync(own.Task, known, delivery, drained);
                return false;
            }
            if (running.TryAdd(own)) return true;
            if (running.Find(own.Id) is { } twin && twin.TryAttach(delivery)) return false;
        }
    }

    /// <returns>null if the worker stops without an answer.</returns>
    private async Task<TaskOutcome?> RunAsync(RunningTask own, ITaskHandler handler)
    {
        var task = own.Task;
        // Looked up after the task is in the list of running ones: a control that comes later finds it there.
        if (controls.Find(task.TaskId, DateTime.UtcNow) is { } control) return Controlled(control);
        if (LimitOf(task) is { } limit)
        {
            if (limit <= TimeSpan.Zero) return TimedOut($"its deadline {task.DeadlineAt} passed before it began");
            own.LimitTo(limit);
        }
        try
        {
            var work = handler.RunAsync(task, own.Context, own.Cancel);
            return work.IsCompleted ? await work : await work.WaitAsync(own.Abandon);
        }
        catch (OperationCanceledException) when (own.Cancel.IsCancellationRequested)
        {
            if (own.Abandon.IsCancellationRequested) Log.HandlerDidNotStop(logger, task.TaskId, task.NodeType);
            if (own.Control is { } stopped) return Controlled(stopped);
            if (own.StoppedByShutdown) return null;
            return TimedOut(task.DeadlineAt is { } deadline && deadline.ToDateTime() <= DateTime.UtcNow
                ? $"the attempt ran past its deadline {deadline}"
                : $"the attempt ran longer than {task.TimeoutMs} ms");
        }
        catch (Exception e)
        {
            Log.HandlerFailed(logger, e, task.TaskId, task.NodeType);
            return TaskOutcome.Failed(TaskErrorCodes.HandlerFailed, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task AnswerAsync(RunningTask own, TaskOutcome? outcome, CancellationToken drained)
    {
        if (outcome is null)
        {
            Log.LeftUnanswered(logger, own.Task.TaskId);
            return;
        }
        var answer = await output.AnswerOfAsync(own.Task, outcome, own.Elapsed, drained);
        // Remembered first and taken off the list then: a record that comes in between finds the one or the other.
        _answered.Add(own.Id, answer);
        running.Remove(own);
        foreach (var delivery in own.Close()) await output.SendAnswerAsync(own.Task, answer, delivery, drained);
    }

    private static TaskOutcome TimedOut(string message) => TaskOutcome.Failed(TaskErrorCodes.AttemptTimeout, message);

    private static TaskOutcome Controlled(TaskControl control) => TaskOutcome.Failed(
        control.Action, $"the engine has {control.Action} this attempt: {control.Reason ?? "no reason given"}", false);

    private static TimeSpan? LimitOf(TaskRecord task)
    {
        TimeSpan? limit = task.TimeoutMs is { } ms ? TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue)) : null;
        if (task.DeadlineAt is not { } deadline) return limit;
        var left = deadline.ToDateTime() - DateTime.UtcNow;
        if (left > TimeSpan.FromMilliseconds(int.MaxValue)) return limit;
        return limit is null || left < limit ? left : limit;
    }
}
