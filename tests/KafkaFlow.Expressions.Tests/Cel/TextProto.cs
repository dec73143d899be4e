using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Tests.Cel;

/// <summary>A message of protobuf's text format: fields in order, each a text, a number, a word or a message.</summary>
internal sealed class TextProto
{
    private readonly List<(string Name, object Value)> _fields = [];

    public IEnumerable<TextProto> Messages(string name) => All(name).Cast<TextProto>();
    public TextProto? Message(string name) => (TextProto?)All(name).FirstOrDefault();
    public string? Text(string name) => All(name).FirstOrDefault() is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;
    public byte[]? Bytes(string name) => (byte[]?)All(name).FirstOrDefault();
    public string? Word(string name) => (string?)All(name).FirstOrDefault();
    public (string Name, object Value) Only => _fields.Single();
    public bool Has(string name) => All(name).Any();

    public static TextProto Parse(string text)
    {
        var reader = new Reader(text);
        return reader.ReadMessage(end: '\0');
    }

    private IEnumerable<object> All(string name) => _fields.Where(f => f.Name == name).Select(f => f.Value);

    private sealed class Reader(string text)
    {
        private int _at;

        public TextProto ReadMessage(char end)
        {
            var message = new TextProto();
            while (true)
            {
                SkipSpace();
                if (end == '\0' ? _at >= text.Length : text[_at] == end)
                    break;
                string name = ReadName();
                SkipSpace();
                if (text[_at] == ':')
                    _at++;
                SkipSpace();
                if (text[_at] == '[')
                    ReadList(message, name);
                else
                    message._fields.Add((name, ReadValue()));
                SkipSpace();
                if (_at < text.Length && text[_at] is ',' or ';')
                    _at++;
            }
            _at++;
            return message;
        }

        private void ReadList(TextProto message, string name)
        {
            _at++;
            SkipSpace();
            while (text[_at] != ']')
            {
                message._fields.Add((name, ReadValue()));
                SkipSpace();
                if (text[_at] == ',')
                    _at++;
                SkipSpace();
            }
            _at++;
        }

        private object ReadValue()
        {
            SkipSpace();
            if (text[_at] == '{')
            {
                _at++;
                return ReadMessage('}');
            }
            if (text[_at] is '"' or '\'')
                return ReadText();
            int start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '+' or '-'))
                _at++;
            return _at > start ? text[start.._at] : throw new FormatException($"no value at {_at}");
        }

        private string ReadName()
        {
            int start = _at;
            if (text[_at] == '[')
            {
                _at = text.IndexOf(']', _at) + 1;
                return text[(start + 1)..(_at - 1)];
            }
            while (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_')
                _at++;
            return _at > start ? text[start.._at] : throw new FormatException($"no name at {_at}");
        }

        private byte[] ReadText()
        {
            var bytes = new List<byte>();
            while (_at < text.Length && text[_at] is '"' or '\'')
            {
                char quote = text[_at++];
                while (text[_at] != quote)
                    ReadCharacter(bytes);
                _at++;
                SkipSpace();
            }
            return bytes.ToArray();
        }

        private void ReadCharacter(List<byte> bytes)
        {
            char c = text[_at++];
            if (c != '\\')
            {
                int length = char.IsHighSurrogate(c) ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(_at - 1, length)));
                _at += length - 1;
                return;
            }
            c = text[_at++];
            int simple = "ntrabfv\\'\"?".IndexOf(c, StringComparison.Ordinal);
            if (simple >= 0)
                bytes.Add((byte)"\n\t\r\a\b\f\v\\'\"?"[simple]);
            else if (c == 'x')
                bytes.Add((byte)Digits(2, 16));
            else if (c is 'u' or 'U')
                bytes.AddRange(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(Digits(c == 'u' ? 4 : 8, 16))));
            else
                bytes.Add((byte)Octal());
        }

        private int Octal()
        {
            _at--;
            return Digits(3, 8);
        }

        private int Digits(int most, int radix)
        {
            int value = 0;
            for (int i = 0; i < most && char.IsAsciiHexDigit(text[_at]); i++)
            {
                int digit = int.Parse(text.AsSpan(_at, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                if (digit >= radix)
                    break;
                value = (value * radix) + digit;
                _at++;
            }
            return value;
        }

        private void SkipSpace()
        {
            while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] == '#'))
            {
                if (text[_at] == '#')
                    _at = text.IndexOf('\n', _at) is var end && end < 0 ? text.Length : end;
                else
                    _at++;
            }
        }
    }
}
