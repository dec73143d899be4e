using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace KafkaFlow.Engine;

/// <summary>
/// One text per JSON value: members in ordinal order of their names, numbers by exact value (<c>1</c>, <c>1.0</c> and
/// <c>10e-1</c> are one number, whatever their size).
/// </summary>
internal static class CanonicalJson
{
    private const int KeptBytes = 64 * 1024;
    [ThreadStatic] private static ArrayBufferWriter<byte>? _hashed;

    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>SHA-256 over parts, each with its length, so that no two lists of parts run together.</summary>
    public static string Hash(params ReadOnlySpan<string?> parts)
    {
        var buffer = _hashed ??= new(1024);
        buffer.ResetWrittenCount();
        foreach (var part in parts)
        {
            Utf8.TryWrite(buffer.GetSpan(16), CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:", out var digits);
            buffer.Advance(digits);
            Encoding.UTF8.GetBytes(part, buffer);
        }
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.WrittenSpan, digest);
        if (buffer.Capacity > KeptBytes) _hashed = null;
        return Convert.ToHexStringLower(digest);
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var separator = '{';
                foreach (var member in Members(value))
                {
                    text.Append(separator).Append(JsonSerializer.Serialize(member.Key)).Append(':');
                    Append(text, member.Value);
                    separator = ',';
                }
                text.Append(separator == '{' ? "{}" : "}");
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    Append(text, item);
                    text.Append(',');
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(JsonSerializer.Serialize(value.GetString()));
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.GetRawText()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    /// <summary>A name given twice counts as its last value.</summary>
    private static SortedDictionary<string, JsonElement> Members(JsonElement value)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }

    /// <returns>Digits without zeros at either end, and a power of ten: <c>-12e3</c>. Zero is <c>0</c>.</returns>
    internal static string Number(string raw)
    {
        var negative = raw[0] == '-';
        var e = raw.AsSpan().IndexOfAny('e', 'E');
        var mantissa = raw.AsSpan(negative ? 1 : 0, (e < 0 ? raw.Length : e) - (negative ? 1 : 0));
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        var significant = digits.TrimStart('0');
        if (significant.Length == 0) return "0";
        var trimmed = significant.TrimEnd('0');
        var exponent = e < 0 ? 0 : System.Numerics.BigInteger.Parse(raw.AsSpan(e + 1), CultureInfo.InvariantCulture);
        exponent += significant.Length - trimmed.Length - (point < 0 ? 0 : mantissa.Length - point - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{(negative ? "-" : "")}{trimmed}e{exponent}");
    }
}
