using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Workers;

/// <summary>
/// Task ids that the engine has cancelled, timed out or superseded, for task records that arrive later. Bounded by
/// count and by age; the oldest go first. Thread-safe.
/// </summary>
internal sealed class TaskControls(int maxControls, TimeSpan memory)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (TaskControl Control, DateTime At)> _controls = [];
    private readonly Queue<(string TaskId, DateTime At)> _order = new();

    public void Add(TaskControl control, DateTime now)
    {
        lock (_gate)
        {
            _controls[control.TaskId] = (control, now);
            _order.Enqueue((control.TaskId, now));
            while (_order.TryPeek(out var oldest) && (_order.Count > maxControls || now - oldest.At > memory))
            {
                _order.Dequeue();
                // Named again later: the later entry keeps it.
                if (_controls.TryGetValue(oldest.TaskId, out var kept) && kept.At == oldest.At)
                    _controls.Remove(oldest.TaskId);
            }
        }
    }

    public TaskControl? Find(string taskId, DateTime now)
    {
        lock (_gate)
            return _controls.TryGetValue(taskId, out var found) && now - found.At <= memory ? found.Control : null;
    }

    /// <summary>Reads a record of topic task-control.</summary>
    /// <returns>null if it is none; <paramref name="problem"/> says why.</returns>
    public static TaskControl? Parse(ReadOnlyMemory<byte> json, out string problem)
    {
        problem = "";
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                problem = $"expected a JSON object, found {root.ValueKind}";
                return null;
            }
            var taskId = TextOf(root, "task_id");
            var action = TextOf(root, "action");
            var at = Timestamp.TryParse(TextOf(root, "created_at") ?? "", out var parsed) ? parsed : default;
            if (taskId is null) problem = "task_id is missing";
            else if (action is not (TaskControl.Cancelled or TaskControl.TimedOut or TaskControl.Superseded))
                problem = $"action is '{action}'; expected cancelled, timed_out or superseded";
            else return new TaskControl(taskId, action, TextOf(root, "reason"), at);
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }
        return null;
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
