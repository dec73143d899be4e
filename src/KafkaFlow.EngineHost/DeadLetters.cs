using System.Globalization;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>A record nobody can process: its bytes and headers, where it stood and why. Same record, same dead letter.</summary>
internal static class DeadLetters
{
    public static OutputRecord Of(string dlqTopic, InputRecord input, string code, string reason)
    {
        var headers = new List<RecordHeader>(input.Headers.Count + 5);
        headers.AddRange(input.Headers);
        headers.Add(Text(HeaderNames.DlqTopic, input.Topic));
        headers.Add(Text(HeaderNames.DlqPartition, input.Partition.ToString(CultureInfo.InvariantCulture)));
        headers.Add(Text(HeaderNames.DlqOffset, input.Offset.ToString(CultureInfo.InvariantCulture)));
        headers.Add(Text(HeaderNames.DlqCode, code));
        headers.Add(Text(HeaderNames.DlqReason, reason));
        var key = Encoding.UTF8.GetBytes($"{input.Topic}-{input.Partition}@{input.Offset}");
        return new OutputRecord(dlqTopic, 0, key, input.Value, headers);
    }

    private static RecordHeader Text(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
