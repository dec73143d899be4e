using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes.Json;

/// <summary>
/// What JSON text from outside must be: one value, no key twice in an object, no U+0000 and no lone surrogate, not even
/// escaped (Postgres and UTF-8 cannot hold those), not nested too deep.
/// </summary>
public static class JsonText
{
    /// <summary>Levels of nesting a JSON-valued field may have.</summary>
    public const int MaxDepth = 128;

    internal const string NulProblem = "it contains U+0000, which cannot be stored";

    internal static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth + 1 };

    [ThreadStatic]
    private static KeysInScope? t_keys;

    /// <returns>null if the text may stand in a JSON-valued field, else what is wrong with it.</returns>
    public static string? Problem(string json)
    {
        for (var i = 0; i < json.Length; i++)
        {
            if (!char.IsSurrogate(json[i])) continue;
            if (!char.IsSurrogatePair(json, i)) return LoneSurrogate(json[i]);
            i++;
        }
        return Problem(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>The same for bytes that are known to be UTF-8.</summary>
    internal static string? Problem(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Strict);
        var keys = t_keys ??= new KeysInScope();
        keys.Clear();
        try
        {
            while (reader.Read())
                if (Problem(ref reader, keys) is { } problem) return problem;
            return null;
        }
        catch (JsonException e)
        {
            return Describe(e);
        }
    }

    /// <summary>A token that was just read: its escapes and, for a key, whether it was there before.</summary>
    internal static string? Problem(ref Utf8JsonReader reader, KeysInScope keys)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                keys.Enter();
                return null;
            case JsonTokenType.EndObject:
                keys.Leave();
                return null;
            case JsonTokenType.PropertyName:
                return EscapeProblem(in reader)
                    ?? (keys.Add(ref reader) ? null : $"key '{Shown.Of(reader.GetString()!)}' stands twice");
            case JsonTokenType.String:
                return EscapeProblem(in reader);
            default:
                return null;
        }
    }

    /// <summary>Looks at the escapes of a string or key; raw control characters are refused by the reader.</summary>
    internal static string? EscapeProblem(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return null;
        var text = reader.ValueSpan;
        var high = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || text[++i] != 'u')
            {
                if (high != '\0') return LoneSurrogate(high);
                continue;
            }
            var unit = Unit(text.Slice(i + 1, 4));
            i += 4;
            if (unit == '\0') return NulProblem;
            if (char.IsLowSurrogate(unit) != (high != '\0')) return LoneSurrogate(high != '\0' ? high : unit);
            high = char.IsHighSurrogate(unit) ? unit : '\0';
        }
        return high != '\0' ? LoneSurrogate(high) : null;
    }

    /// <summary>The reader's own words without its advice about options.</summary>
    internal static string Describe(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var reason = end < 0 ? e.Message : e.Message[..end];
        return $"it is no valid JSON: {reason} Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.";
    }

    private static char Unit(ReadOnlySpan<byte> digits) =>
        (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string LoneSurrogate(char unit) =>
        $"it contains the lone surrogate U+{(int)unit:X4}, which is no character";
}
