import Bytes
import Testing

@testable import JSONWebToken

/// Tokens of the standards: what others have signed.
@Suite("Tokens of the standards") struct StandardVectorTests {
  private static let claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
  /// RFC 7515, A.1 to A.3.
  private static let secret =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
  private static let modulus = """
    ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC\
    gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6\
    65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW\
    yuXpoQ
    """
  private static let rsaSignature = """
    cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t\
    1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j\
    zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ\
    Ge77Rw
    """
  private static let keys = """
    {"keys":[{"kty":"RSA","n":"\(modulus)","e":"AQAB"},{"kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
    """

  @Test(arguments: [
    "eyJhbGciOiJSUzI1NiJ9.\(claims).\(rsaSignature)",
    """
    eyJhbGciOiJFUzI1NiJ9.\(claims).DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q
    """,
  ])
  func signedByAPairOfKeys(_ text: String) throws {
    let token = try TokenText(text)
    #expect(token.claims.issuer == "joe")
    #expect(token.claims.expiresAt == 1_300_819_380)
    #expect(token.claims.flag("http://example.com/is_root") == true)
    let keys = try #require(KeySet(Array(Self.keys.utf8)))
    #expect(keys.count == 2)
    try keys.verify(token, by: Set(TokenAlgorithm.allCases))
    // One character of the claims.
    let other = try TokenText(
      text.replacing("eyJpc3MiOiJqb2UiLA0KICJleHAiOjEz", with: "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEy"))
    #expect(throws: TokenFault.unknownKey) { try keys.verify(other, by: Set(TokenAlgorithm.allCases)) }
  }

  @Test func signedByASecret() throws {
    let secret = try #require(Base64URL.decode(Self.secret))
    let tokens = try #require(OwnTokens(secret: secret))
    let token = try TokenText(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(Self.claims).dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    // The signature is looked at before the issuer is.
    #expect(throws: TokenFault.otherIssuer) { try tokens.read(token, as: .access, at: 0) }
    let other = try TokenText(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(Self.claims).dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXo")
    #expect(throws: TokenFault.signature) { try tokens.read(other, as: .access, at: 0) }
  }

  /// RFC 8037, A.4, whose payload is no JSON.
  @Test func signedByEd25519() throws {
    let x = try #require(Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
    let key = try #require(PublicKey(ed25519: x))
    let signature = try #require(
      Base64URL.decode(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"))
    let signed = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
    #expect(key.verifies(signature, of: signed))
    #expect(!key.verifies(signature, of: signed + [0]))
    for place in signature.indices {
      var other = signature
      other[place] ^= 1
      #expect(!key.verifies(other, of: signed))
    }
  }

  /// FIPS 180-2, appendix B.1.
  @Test func digests() {
    #expect(
      TokenDigest.sha256("abc".utf8).map { Hexadecimal.text(of: $0) }
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
