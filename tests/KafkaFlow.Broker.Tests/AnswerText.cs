using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Tests;

/// <summary>An answer as text, field by field; fields that name the one broker or moment are left out.</summary>
internal static class AnswerText
{
    private static readonly HashSet<string> Left =
    [
        "ThrottleTimeMs", "ErrorMessage", "TopicId", "ClusterId", "Host", "Port", "ProducerId", "LogAppendTimeMs", "MemberId",
        "Leader", "BatchIndexErrorMessage", "ClientHost", "LastTimestamp", "TransactionStartTimeMs", "NodeEndpoints",
        "ClusterAuthorizedOperations", "UsableBytes", "TotalBytes", "LogDir",
    ];

    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').Append(s).Append('"');
                break;
            case byte[] bytes:
                text.Append(Convert.ToHexString(bytes));
                break;
            case RecordData records:
                text.Append(records.Length).Append(" bytes");
                break;
            case IEnumerable list:
                // Kafka keeps many of its lists in sets.
                var items = new List<string>();
                foreach (var item in list) items.Add(Of(item));
                text.Append('[').AppendJoin(' ', items.Order(StringComparer.Ordinal)).Append(']');
                break;
            case IWire wire:
                text.Append('{');
                foreach (var field in wire.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
                {
                    if (Left.Contains(field.Name)) continue;
                    text.Append(field.Name).Append('=');
                    Write(field.GetValue(wire), text);
                    text.Append(' ');
                }
                text.Append('}');
                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
