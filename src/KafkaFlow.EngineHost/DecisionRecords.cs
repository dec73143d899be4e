using System.Globalization;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.EngineHost;

/// <summary>Facts and outputs of the engine as records of the log. For the owner's thread.</summary>
internal sealed class DecisionRecords(EngineParts parts, Term term)
{
    private static readonly byte[] Avro = Encoding.UTF8.GetBytes(HeaderNames.AvroContent);
    private static readonly byte[] Json = Encoding.UTF8.GetBytes(HeaderNames.JsonContent);
    private readonly List<EngineOutput> _outputs = [];

    /// <summary>Timers are kept in whole milliseconds and never fire early.</summary>
    public static long DueMs(Timestamp due) => (due.UnixMicros + 999) / 1000;

    public Fact Fact(ExecutionEvent fact)
    {
        List<RecordHeader> headers =
        [
            Text(HeaderNames.EventType, fact.EventType),
            Text(HeaderNames.Seq, fact.Seq.ToString(CultureInfo.InvariantCulture)),
            new(HeaderNames.ContentType, Avro),
        ];
        if (fact.NodeName is { } node) headers.Add(Text(HeaderNames.Node, node));
        if (fact.Traceparent is { } trace) headers.Add(Text(HeaderNames.Traceparent, trace));
        var key = ExecutionEvent.KeyOf(fact.ExecutionId, fact.Seq, fact.Epoch);
        return new Fact(Encoding.UTF8.GetBytes(key), parts.Serdes.Encode(fact), headers);
    }

    /// <summary>Onto the partition of the execution it is for.</summary>
    /// <param name="afterFacts">It tells another execution of this decision, which has to be safe before.</param>
    public OutputRecord Command(Command command, bool afterFacts = false) => new(
        parts.Topics.Commands, Forwarding.PartitionOf(command.ExecutionId, term.Partitions),
        Encoding.UTF8.GetBytes(command.ExecutionId), parts.Serdes.Encode(command),
        [Text(HeaderNames.EventType, command.EventType), new(HeaderNames.ContentType, Avro)], afterFacts);

    /// <summary>Runs Emit over a decision, live or adopted, and adds what comes of it.</summary>
    public void AddOutputs(ExecutionState after, IReadOnlyList<ExecutionEvent> facts, Effects effects)
    {
        _outputs.Clear();
        EngineCore.Emit(after, facts, _outputs);
        foreach (var output in _outputs)
            switch (output)
            {
                case EngineOutput.ScheduleTask { Task: var task }:
                    effects.AddOutput(Task(task));
                    break;
                case EngineOutput.ControlTask { Control: var control }:
                    effects.AddOutput(Control(control));
                    break;
                case EngineOutput.ArmTimer arm:
                    effects.SetTimer(Encoding.UTF8.GetBytes(arm.TimerKey), DueMs(arm.DueAt));
                    break;
                case EngineOutput.ClearTimer clear:
                    effects.ClearTimer(Encoding.UTF8.GetBytes(clear.TimerKey));
                    break;
                case EngineOutput.SendCommand { Command: var command }:
                    effects.AddOutput(Command(command, afterFacts: command.ExecutionId != after.ExecutionId));
                    break;
                default:
                    throw new InvalidOperationException($"output of unknown kind {output.GetType().Name}");
            }
    }

    private OutputRecord Task(TaskRecord task)
    {
        List<RecordHeader> headers = [Text(HeaderNames.TaskId, task.TaskId), new(HeaderNames.ContentType, Avro)];
        if (task.Traceparent is { } trace) headers.Add(Text(HeaderNames.Traceparent, trace));
        var key = Encoding.UTF8.GetBytes(TaskRecord.KeyOf(task.ExecutionId, task.Activation));
        return new OutputRecord(parts.Topics.Tasks(task.NodeType), -1, key, parts.Serdes.Encode(task), headers);
    }

    private OutputRecord Control(TaskControl control)
    {
        return new OutputRecord(
            parts.Topics.TaskControl, 0, Encoding.UTF8.GetBytes(control.TaskId), JsonRecords.Write(control),
            [Text(HeaderNames.TaskId, control.TaskId), new(HeaderNames.ContentType, Json)]);
    }

    private static RecordHeader Text(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
